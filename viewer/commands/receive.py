"""`kindred receive`: takes what other systems send, and analyses it on arrival, without a window.

A line on standard output for each radiograph, with its file and the model's answer; what is
refused, and everything else, goes to standard error.
"""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inference.archive.archive_errors import ReceiverError
from inference.archive.arrivals import Arrival, ArrivalDesk, Indexed
from inference.archive.receiver_config import ReceiverConfig, receiver_from
from inference.archive.store_scp import Receiver
from inference.pipeline import choose_bundle, open_engine
from viewer.preferences.settings import Settings


@dataclass(frozen=True, slots=True)
class Receiving:
    """What the command was asked for.

    Attributes:
        config: Where and from whom.
        catalogue: A folder of past cases that decides the bundle, or None.
        bundle: A bundle's name or folder; None: by settings and catalogue.
    """

    config: ReceiverConfig
    catalogue: Path | None
    bundle: str | None

    def __post_init__(self) -> None:
        if not self.config.index:
            return
        if self.catalogue is None:
            raise ReceiverError("--index needs --catalogue, the folder that is indexed.")
        if not self.config.folder.absolute().is_relative_to(self.catalogue.absolute()):
            raise ReceiverError(
                "--index adds what is received to the catalogue, so --to must lie in its folder."
            )


def receiver_config(settings: Settings, **given: Any) -> ReceiverConfig:
    """The receiver of the settings, with what the command line gives in its place.

    Args:
        settings: With its section `[receiver]`.
        given: Fields of `ReceiverConfig`; None, or no AE title, leaves the settings' own.

    Raises:
        ReceiverError: A value is not allowed.
    """
    changes = {key: value for key, value in given.items() if value not in (None, [])}
    if "allow" in changes:
        changes["allow"] = tuple(changes["allow"])
    return replace(receiver_from(settings.receiver), **changes)


def receive_and_print(
    asked: Receiving,
    settings: Settings,
    *,
    say: Callable[[str], None],
    until: threading.Event | None = None,
) -> None:
    """Receive until Ctrl+C is pressed, or `until` is set.

    Args:
        asked: What the command line says.
        settings: Everything else.
        say: Tells the user something on standard error.
        until: For tests.

    Raises:
        InferenceError: No bundle, no port or no folder.
        KeyboardInterrupt: The user stopped it; everything received is kept.
    """
    bundle = asked.bundle or choose_bundle(settings.bundle, asked.catalogue)
    engine = open_engine(bundle, None, settings.provider)
    config = asked.config

    def tell(event: Arrival | Indexed) -> None:
        if isinstance(event, Indexed):
            say(event.problem or "The catalogue is up to date.")
        elif event.problem:
            say(f"{event.path.name} is kept and was not analysed: {event.problem}")
        else:
            print(f"{event.path}\t{event.condition}\t{event.probability:.2f}")
            sys.stdout.flush()

    index = asked.catalogue if config.index else None
    desk = ArrivalDesk(engine, settings.method, tell, index=index)
    receiver = Receiver(
        config,
        lambda received: None if desk.take(received) else say("Too much waits to be analysed."),
        lambda reason: say(f"Refused: {reason}."),
    )
    try:
        receiver.start()
        allowed = ", ".join(config.allow) or "anybody on this computer"
        say(f"{config.ae_title} listens at {config.host}:{receiver.port} to {allowed}.")
        if not config.is_local:
            say(
                "Other computers can send to it, unencrypted; an AE title is no proof of who "
                "sends. Keep the port behind a firewall."
            )
        (until or threading.Event()).wait()
    finally:
        receiver.stop()
        desk.stop()
