"""The user's settings.toml, changed line by line, so that comments and order stay as they are.

Only lines that set what is changed are replaced; what is set back to its default loses its line.
The result is read again before it is written, and a file that is written in a way this cannot
follow (a value over several lines, say) is left alone, with a sentence.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.preferences.settings import SettingsError

_SECTION = re.compile(r"\s*\[")
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


Changes = Mapping[str, Mapping[str, Any]]
"""By section ("" for what stands before any), then by name; None takes the user's value away."""


def write_changes(path: Path, changes: Changes) -> None:
    """Change the user's file, whole or not at all.

    Args:
        path: The file; made with its folder where there is none.
        changes: What to change.

    Raises:
        SettingsError: The file cannot be read or written, or cannot be changed safely.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = changed_text(text, changes)
        if changed == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(changed, encoding="utf-8")
        partial.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(str(path), f"it cannot be written ({reason})") from error
    except ValueError as error:
        raise SettingsError(str(path), str(error)) from error


def changed_text(text: str, changes: Changes) -> str:
    """The text of a settings file with some entries changed.

    Args:
        text: TOML.
        changes: What to change.

    Raises:
        ValueError: The text cannot be changed without losing something; the message says what
            to do.
    """
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not a TOML file ({error}); correct it by hand first") from error
    lines = text.splitlines()
    for section in sorted(changes):  # "" first
        lines = _set_lines(lines, section, changes[section])
    changed = "\n".join(lines) + "\n" if lines else ""
    wanted = _applied(before, changes)
    try:
        is_right = _without_nothing(tomllib.loads(changed)) == wanted
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise ValueError("it is written in a way that only a person can change; edit it by hand")
    return changed


def _set_lines(lines: list[str], section: str, changes: Mapping[str, Any]) -> list[str]:
    start, end = _range(lines, section)
    if start < 0:
        new = [
            f"{name} = {toml_value(value)}" for name, value in changes.items() if value is not None
        ]
        return (
            [*lines, *([""] if lines and lines[-1].strip() else []), f"[{section}]", *new]
            if new
            else lines
        )
    body = lines[start:end]
    for name, value in changes.items():
        body = _set_line(body, name, value)
    return [*lines[:start], *body, *lines[end:]]


def _range(lines: list[str], section: str) -> tuple[int, int]:
    """First line and end of what stands under a heading; "" is what stands before any."""
    heads = [index for index, line in enumerate(lines) if _SECTION.match(line)]
    if not section:
        return 0, heads[0] if heads else len(lines)
    for index in heads:
        if re.fullmatch(rf"\s*\[\s*{section}\s*\]\s*(#.*)?", lines[index]):
            following = [one for one in heads if one > index]
            return index + 1, following[0] if following else len(lines)
    return -1, -1


def _set_line(body: list[str], name: str, value: Any) -> list[str]:
    pattern = re.compile(rf'\s*(?:{re.escape(name)}|"{re.escape(name)}")\s*=')
    at = next((index for index, line in enumerate(body) if pattern.match(line)), None)
    if value is None:
        return body if at is None else [*body[:at], *body[at + 1 :]]
    if at is not None:
        comment = _comment_after(body[at])
        return [*body[:at], f"{name} = {toml_value(value)}{comment}", *body[at + 1 :]]
    # After the last line that is not empty, so that the next heading keeps its distance.
    last = max((index + 1 for index, line in enumerate(body) if line.strip()), default=0)
    return [*body[:last], f"{name} = {toml_value(value)}", *body[last:]]


def _comment_after(line: str) -> str:
    """What stands behind the value of a line, with the space before it; "" for nothing."""
    bare = _TEXTS.sub(lambda found: "_" * len(found.group()), line)
    at = bare.find("#")
    return line[len(bare[:at].rstrip()) :] if at >= 0 else ""


def _applied(before: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """What the changed file must say."""
    after = dict(before)
    for section, values in changes.items():
        plain = {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}
        if not section:
            after |= plain
        elif plain:
            after[section] = {
                name: one
                for name, one in {**after.get(section, {}), **plain}.items()
                if one is not None
            }
    return _without_nothing(after)


def _without_nothing(content: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in content.items() if one is not None and one != {}}


def toml_value(value: Any) -> str:
    """A value as TOML writes it.

    Raises:
        ValueError: It is of a type that no setting has.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(one) for one in value) + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    raise ValueError(f"no setting is of the type {type(value).__name__}")


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08X}"
