"""Settings: `resources/settings.toml`, overridden by the user's file, then the command line.

The result is one frozen value, handed to whoever needs it; nothing reads a global.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import platformdirs

from inference.bundle_store import resources_folder
from inference.errors import InferenceError
from viewer.frame.bindings import bound_keys
from viewer.integration.link_roots import link_roots
from viewer.pane.colour_maps import COLOUR_MAPS
from viewer.translation import languages

MAX_NEIGHBOURS = 50


class SettingsError(InferenceError):
    """A settings file cannot be used."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"Cannot use the settings in {where}: {reason}.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting. `resources/settings.toml` says what each means.

    Raises:
        ValueError: A value is of the wrong type or outside its range; the text says so.
    """

    bundle: str = "chest-pneumonia"
    catalogue: str = ""
    method: str = "ig"
    neighbours: int = 4
    exclude_patient: bool = True
    provider: Literal["auto", "cpu", "cuda"] = "auto"
    overlay: bool = True
    overlay_opacity: float = 0.4
    colour_map: str = "inferno"
    linked: bool = True
    language: str = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=lambda: {"roots": []})
    archives: Mapping[str, Any] = field(default_factory=dict)
    receiver: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in fields(self):
            value, default = getattr(self, one.name), one.default
            if default is MISSING:
                continue
            wanted = (int, float) if isinstance(default, float) else type(default)
            if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(
                default, bool
            ):
                kind = {str: "a text", bool: "true or false", int: "a whole number"}
                expected = kind.get(type(default), "a number")
                raise ValueError(f"{one.name} must be {expected}, not {value!r}")
        if not 1 <= self.neighbours <= MAX_NEIGHBOURS:
            raise ValueError(f"neighbours must be from 1 to {MAX_NEIGHBOURS}")
        if not 0 <= self.overlay_opacity <= 1:
            raise ValueError("overlay_opacity must be from 0 to 1")
        if self.provider not in ("auto", "cpu", "cuda"):
            raise ValueError('provider must be "auto", "cpu" or "cuda"')
        if self.colour_map not in COLOUR_MAPS:
            raise ValueError(f"colour_map must be one of {', '.join(COLOUR_MAPS)}")
        if self.language not in ("auto", *languages()):
            raise ValueError(f'language must be "auto" or one of {", ".join(languages())}')
        bound_keys(self.keys)
        link_roots(self.links)
        # Most have neither, and need not wait for what checks them.
        if self.archives != {}:
            from inference.archive.archive_config import archives_from

            archives_from(self.archives)
        if self.receiver != {}:
            from inference.archive.receiver_config import receiver_from

            receiver_from(self.receiver)


def program_version() -> str:
    """The installed version, or "(not installed)" where the program runs from its source."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kindred-viewer")
    except PackageNotFoundError:
        return "(not installed)"


def user_settings_file() -> Path:
    """Where the user's own settings are looked for."""
    return platformdirs.user_config_path("kindred", appauthor=False) / "settings.toml"


def load_settings(
    user_file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Put the settings together.

    Args:
        user_file: The user's file; need not exist. None: the usual one.
        overrides: From the command line, by name; those that are None are left out.

    Raises:
        SettingsError: A file is not TOML, or has an unknown key or a bad value.
    """
    values: dict[str, Any] = {}
    settings = Settings()
    for path in (resources_folder() / "settings.toml", user_file or user_settings_file()):
        if path.is_file():
            values |= _read(path)
            settings = _settings(values, str(path))
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    return _settings(values | given, "the command line") if given else settings


def _settings(values: dict[str, Any], where: str) -> Settings:
    try:
        return Settings(**values)
    except ValueError as error:
        raise SettingsError(where, str(error)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(str(path), f"it is not a TOML file ({error})") from error
    known = [one.name for one in fields(Settings)]
    for key in values:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}" if near else f"there are {', '.join(known)}"
            raise SettingsError(str(path), f"there is no setting {key!r}; {hint}")
    return values
