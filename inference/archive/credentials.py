"""Passwords: in the system's keyring, or for this session alone; never in a file of ours."""

import importlib.util
import logging
from dataclasses import dataclass, field

from inference.archive.archive_config import ArchiveConfig
from inference.archive.archive_errors import NoPasswordError

_log = logging.getLogger(__name__)

NO_KEYRING = "This computer has no keyring, so that passwords last for this session only."


@dataclass(slots=True)
class Passwords:
    """Knows the passwords of archives.

    Attributes:
        uses_keyring: False to leave the system's keyring alone.
    """

    uses_keyring: bool = True
    _session: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def password(self, config: ArchiveConfig) -> str:
        """The password of an archive's user; "" where the archive has no user.

        Raises:
            NoPasswordError: It has one, and the user must be asked for the password.
        """
        if not config.user:
            return ""
        kept = self._session.get((config.name, config.user))
        if kept is not None:
            return kept
        if not self.uses_keyring or not _has_keyring():
            raise NoPasswordError(config.name, config.user, NO_KEYRING)
        found = _from_keyring(_service(config), config.user)
        if found is None:
            raise NoPasswordError(config.name, config.user, "The keyring does not have it yet.")
        self._session[config.name, config.user] = found
        return found

    def give(self, config: ArchiveConfig, password: str, *, keep: bool) -> bool:
        """Take a password from the user.

        Args:
            config: Of the archive.
            password: For this session.
            keep: Whether to put it into the keyring too.

        Returns:
            Whether it was kept in the keyring.
        """
        self._session[config.name, config.user] = password
        if not keep or not self.can_keep:
            return False
        return _into_keyring(_service(config), config.user, password)

    def forget(self, config: ArchiveConfig) -> None:
        """The archive did not accept it: ask again next time. The keyring's stays as it is."""
        self._session.pop((config.name, config.user), None)

    @property
    def can_keep(self) -> bool:
        """Whether there is a keyring."""
        return self.uses_keyring and _has_keyring()


def _service(config: ArchiveConfig) -> str:
    """What the keyring calls it. With the url, so that another server never gets the password."""
    return f"kindred {config.name} {config.url}"


def _has_keyring() -> bool:
    """Whether a usable keyring is there: keyring's `fail` and `null` backends are none."""
    if importlib.util.find_spec("keyring") is None:
        return False
    import keyring
    import keyring.errors

    try:
        backend = keyring.get_keyring()
    except (keyring.errors.KeyringError, RuntimeError, OSError, ValueError) as error:
        _log.info("No keyring: %s", type(error).__name__)
        return False
    return type(backend).__module__ not in ("keyring.backends.fail", "keyring.backends.null")


def _from_keyring(service: str, user: str) -> str | None:
    import keyring
    import keyring.errors

    try:
        found: str | None = keyring.get_password(service, user)
    except (keyring.errors.KeyringError, RuntimeError, OSError) as error:  # locked, or gone
        _log.info("The keyring gave nothing: %s", type(error).__name__)
        return None
    return found


def _into_keyring(service: str, user: str, password: str) -> bool:
    import keyring
    import keyring.errors

    try:
        keyring.set_password(service, user, password)
    except (keyring.errors.KeyringError, RuntimeError, OSError) as error:
        _log.info("The keyring took nothing: %s", type(error).__name__)
        return False
    return True
