"""Real peers for all tests of the department: an Orthanc that is started once.

Each test that stores something asks for `orthanc`, which is empty at its start; one that needs a
configuration of its own uses `running_orthanc` by itself.
"""

from collections.abc import Iterator

import pytest

from tests.department.orthanc_peer import Orthanc, missing, running_orthanc


@pytest.fixture(scope="session")
def orthanc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """One Orthanc for the whole run, with whatever earlier tests left in it."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as peer:
        yield peer


@pytest.fixture
def orthanc(orthanc_server: Orthanc) -> Orthanc:
    """The same, emptied."""
    orthanc_server.clear()
    return orthanc_server
