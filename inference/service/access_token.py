"""The token that clients must show: kept in a file that only its user can read.

It is in no argument, which every user of the computer could list, and in no log.
"""

import os
import re
import secrets
import stat
from pathlib import Path

from inference.service.errors import ServiceError

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{32,512}")  # RFC 6750, 2.1; and long enough
_MAX_BYTES = 1024


def read_or_make_token(path: Path) -> str:
    """The token of a file; a new one where there is no file.

    Args:
        path: Made with its folder where it is missing, readable by its user alone.

    Raises:
        ServiceError: It cannot be read or written, others can read it, or it holds no token.
    """
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            return _make(path)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not text"
        raise ServiceError(
            f"Cannot use the token file {path}: {said}. Name another one with --token-file."
        ) from error


def _read(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ServiceError(f"The token file {path} is not a regular file; name another one.")
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid != os.getuid()):
            raise ServiceError(
                f"Others can read the token file {path}, or it is not yours; "
                "remove it, and a new one is made."
            )
        token = file.read(_MAX_BYTES).decode("ascii").strip()
    if not _TOKEN.fullmatch(token):
        raise ServiceError(
            f"The token file {path} holds no token of 32 to 512 characters; "
            "remove it, and a new one is made."
        )
    return token


def _make(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another one was started at the same moment
        return _read(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token
