"""Bundles are found by name, by folder, and not at all."""

import shutil
from pathlib import Path

import pytest

from inference import bundle_store
from inference.errors import BundleError


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setattr(bundle_store, "user_data_folder", lambda: folder)
    return folder


def test_a_bundle_is_found_by_name_in_the_users_folder(
    tiny_bundle: Path, user_folder: Path
) -> None:
    shutil.copytree(tiny_bundle, user_folder / "bundles" / "tiny")
    assert bundle_store.find_bundle("tiny") == user_folder / "bundles" / "tiny"
    assert user_folder / "bundles" / "tiny" in bundle_store.list_bundles()


def test_the_users_bundle_comes_before_a_shipped_one_of_that_name(
    tiny_bundle: Path, user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_store, "resources_folder", lambda: tmp_path / "resources")
    shutil.copytree(tiny_bundle, tmp_path / "resources" / "bundles" / "tiny")
    assert bundle_store.find_bundle("tiny").is_relative_to(tmp_path / "resources")
    shutil.copytree(tiny_bundle, user_folder / "bundles" / "tiny")
    assert bundle_store.list_bundles() == [user_folder / "bundles" / "tiny"]


def test_a_bundle_is_found_by_its_folder(tiny_bundle: Path, user_folder: Path) -> None:
    assert bundle_store.find_bundle(tiny_bundle) == tiny_bundle.resolve()


def test_what_is_not_there_is_said_with_the_nearest_name(
    tiny_bundle: Path, user_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle, user_folder / "bundles" / "tiny")
    with pytest.raises(BundleError, match=r"did you mean tiny\.$"):
        bundle_store.find_bundle("tinny")
    with pytest.raises(BundleError, match=r"installed are: .*tiny\.$"):
        bundle_store.find_bundle("something else")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match=r"there is no bundle\.json in"):
        bundle_store.find_bundle(tmp_path / "empty")


def test_the_programs_resources_are_there() -> None:
    assert (bundle_store.resources_folder() / "settings.toml").is_file()
