"""`kindred serve`: the service of `inference.service`, started by hand or by another program."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inference.archive.archive_config import archives_from
from inference.bundle_store import user_data_folder
from inference.pipeline import choose_bundle, open_engine
from inference.service.access_token import read_or_make_token
from inference.service.errors import ServiceError
from inference.service.service_config import ServiceConfig, check_extra
from viewer.fault_log import write_fault
from viewer.preferences.settings import Settings, program_version


@dataclass(frozen=True, slots=True)
class Serving:
    """What the command was asked for.

    Attributes:
        catalogue: The folder that was indexed.
        bundle: A bundle's name or folder; None: by settings and catalogue.
        host, port: To listen at.
        token_file: None: the usual one, in the user's own data folder.
        allow_remote: Whether a host that others can reach is meant.
        origins: Web pages that may ask.
    """

    catalogue: Path
    bundle: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    token_file: Path | None = None
    allow_remote: bool = False
    origins: tuple[str, ...] = ()


def serve_until_stopped(asked: Serving, settings: Settings, *, say: Callable[[str], None]) -> None:
    """Answer requests until SIGTERM or Ctrl+C.

    Args:
        asked: What the command line says.
        settings: Everything else.
        say: Tells the user something on standard error.

    Raises:
        InferenceError: It cannot be started.
        KeyboardInterrupt: Ctrl+C was pressed.
    """
    check_extra()
    token_file = asked.token_file or user_data_folder() / "serve-token"
    config = ServiceConfig(
        token=read_or_make_token(token_file),
        host=asked.host,
        port=asked.port,
        allow_remote=asked.allow_remote,
        origins=asked.origins,
        method=settings.method,
        neighbours=settings.neighbours,
        exclude_patient=settings.exclude_patient,
        archives={name: one for name, one in archives_from(settings.archives).items() if one.url},
    )
    bundle = asked.bundle or choose_bundle(settings.bundle, asked.catalogue)
    engine = open_engine(bundle, asked.catalogue, settings.provider)
    assert engine.catalogue is not None
    if settings.method not in engine.catalogue.methods:
        raise ServiceError(
            f"The catalogue has no method {settings.method!r}; "
            f"it has {', '.join(engine.catalogue.methods)}. Choose one with --method."
        )
    from inference.service.server import Service

    service = Service(engine, config, version=program_version(), say=say, report_fault=write_fault)
    host = f"[{config.host}]" if ":" in config.host else config.host
    say(f"Serves {asked.catalogue} at http://{host}:{service.port}/. Research use only.")
    say(f"The token is in {token_file}.")
    if not config.is_local:
        say(
            "Other computers can reach it, and nothing is encrypted, the token neither. Put it "
            "behind a proxy with TLS, and keep the port behind a firewall."
        )
    service.run()
    say("Stopped.")
