"""What is written to the Windows registry, on a registry in memory where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from viewer.integration.errors import IntegrationError
from viewer.integration.windows import COMMAND_KEY, KEY, register, unregister


class MemoryRegistry:
    """The four things of `winreg` that are used; a key with keys below is not deleted."""

    HKEY_CURRENT_USER = "HKCU"
    REG_SZ = 1

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, str]] = {}

    @contextmanager
    def CreateKeyEx(self, root: str, key: str) -> Iterator[str]:  # noqa: N802
        assert root == self.HKEY_CURRENT_USER
        parts = key.split("\\")
        for length in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:length]), {})
        yield key

    def SetValueEx(self, key: str, name: str, _: int, kind: int, value: str) -> None:  # noqa: N802
        assert kind == self.REG_SZ
        self.keys[key][name] = value

    def DeleteKey(self, root: str, key: str) -> None:  # noqa: N802
        assert root == self.HKEY_CURRENT_USER
        if key not in self.keys:
            raise FileNotFoundError(key)
        if any(one.startswith(key + "\\") for one in self.keys):
            raise PermissionError(5, "Access is denied")
        del self.keys[key]


@pytest.mark.parametrize(
    ("command", "opening"),
    [
        (["C:\\k\\kindred.exe", "open", "--"], '"C:\\k\\kindred.exe" open -- "%1"'),
        (["C:\\a b\\kindred.exe", "open", "--"], '"C:\\a b\\kindred.exe" open -- "%1"'),
    ],
)
def test_the_keys_are_those_that_windows_asks_for(command: list[str], opening: str) -> None:
    registry = MemoryRegistry()
    said = list(register(registry, command))
    assert registry.keys[KEY] == {"": "URL:Kindred", "URL Protocol": ""}
    assert registry.keys[COMMAND_KEY] == {"": opening}
    assert sum("Set HKEY_CURRENT_USER" in line for line in said) == 3


def test_removing_leaves_nothing_of_ours_and_everything_of_others() -> None:
    registry = MemoryRegistry()
    with registry.CreateKeyEx("HKCU", r"Software\Classes\other"):
        pass
    was = dict(registry.keys)
    list(register(registry, ["C:\\k\\kindred.exe", "open", "--"]))
    assert len(list(unregister(registry))) == 4
    assert registry.keys == was
    assert list(unregister(registry)) == ["Links are not registered; nothing was changed."]


def test_a_registry_that_refuses_is_a_sentence() -> None:
    registry = MemoryRegistry()
    list(register(registry, ["C:\\k\\kindred.exe"]))
    registry.keys[KEY + r"\shell\print"] = {}
    with pytest.raises(IntegrationError, match="the registry cannot be written"):
        list(unregister(registry))
