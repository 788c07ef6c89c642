"""Registers the scheme in the user's own part of the Windows registry.

    HKEY_CURRENT_USER\\Software\\Classes\\kindred
        (default)      "URL:Kindred"
        URL Protocol   ""
        shell\\open\\command
            (default)  "C:\\...\\kindred.exe" open -- "%1"

Windows puts the link in place of %1 without looking at what is in it. A quotation mark in a link
could end its argument and begin others; after "--" those can be files only, of which the command
takes one, and such a link is refused as any other that is not well formed.

Source:
    Microsoft, "Registering an Application to a URI Scheme".
"""

import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from viewer.integration.errors import IntegrationError

KEY = r"Software\Classes\kindred"
COMMAND_KEY = KEY + r"\shell\open\command"


def register(registry: Any, command: Sequence[str]) -> Iterator[str]:
    """Write the keys.

    Args:
        registry: Python's `winreg`, which is there on Windows alone.
        command: The program and its arguments, before the link.

    Yields:
        A line for each key that was written.

    Raises:
        IntegrationError: The registry cannot be written.
    """
    opening = subprocess.list2cmdline(command)
    if not opening.startswith('"'):  # always quoted: a blank in a path is otherwise a gap
        opening = f'"{command[0]}" ' + subprocess.list2cmdline(command[1:])
    values = [
        (KEY, "", "URL:Kindred"),
        (KEY, "URL Protocol", ""),
        (COMMAND_KEY, "", f'{opening} "%1"'),
    ]
    try:
        for key, name, value in values:
            with registry.CreateKeyEx(registry.HKEY_CURRENT_USER, key) as opened:
                registry.SetValueEx(opened, name, 0, registry.REG_SZ, value)
            yield f"Set HKEY_CURRENT_USER\\{key} {name or '(default)'} = {value!r}"
    except OSError as error:
        raise IntegrationError(f"the registry cannot be written ({error})") from error
    yield "kindred:// links open with Kindred now. `kindred integrate --remove` undoes this."


def unregister(registry: Any) -> Iterator[str]:
    """Delete the keys, and nothing that somebody else has put below them.

    Yields:
        A line for each key that was deleted.

    Raises:
        IntegrationError: The registry cannot be written.
    """
    gone = 0
    for key in (COMMAND_KEY, KEY + r"\shell\open", KEY + r"\shell", KEY):
        try:
            registry.DeleteKey(registry.HKEY_CURRENT_USER, key)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise IntegrationError(f"the registry cannot be written ({error})") from error
        gone += 1
        yield f"Deleted HKEY_CURRENT_USER\\{key}"
    if not gone:
        yield "Links are not registered; nothing was changed."
