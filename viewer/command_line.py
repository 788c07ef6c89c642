"""The `kindred` command: open, demo, index, query, compare, study, check, integrate, receive,
serve.

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 2 wrong
usage, 3 an expected problem (one sentence), 1 a fault in the program (with the log's path),
130 stopped by the user.

Here is what every start passes, so nothing is imported that opening a window can do without, and
the usual ways to open one are understood without typer.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from inference.errors import InferenceError
from viewer.commands.exit_codes import DONE, FAULT, PROBLEM

_COMMANDS = (
    "open", "demo", "index", "query", "compare", "study", "check", "integrate", "receive", "serve",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Without the program's name; None: those of the process.

    Returns:
        The exit code.
    """
    given = _with_command(list(sys.argv[1:] if arguments is None else arguments))
    os.umask(0o077)  # whatever is written, Qt's files included, is this user's alone
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal cannot show must not end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(given)
    except SystemExit as ending:  # how typer ends, done or wrongly used
        return ending.code if isinstance(ending.code, int) else DONE
    except InferenceError as error:
        _say(f"kindred: {error}")
        return PROBLEM
    except Exception as error:  # noqa: BLE001 - a bug: logged, and told apart by its exit code
        from viewer.fault_log import write_fault

        _say(f"kindred: This is a fault in the program ({type(error).__name__}).")
        _say(f"kindred: What is known of it is in {write_fault(error)}")
        return FAULT


def _run(given: list[str]) -> int:
    plain = _plain_opening(given)
    if plain is not None:
        from viewer.commands.open import open_here, opening

        return open_here(opening(*plain))
    from viewer.commands.arguments import app

    app(given, prog_name="kindred")
    return DONE


def _with_command(arguments: list[str]) -> list[str]:
    """`kindred` and `kindred IMAGE` open the window: put in the word that was left out."""
    if arguments and arguments[0] in (*_COMMANDS, "-h", "--help", "--version"):
        return arguments
    return ["open", *arguments]


def _plain_opening(given: list[str]) -> tuple[str | None, Path | None] | None:
    """`open [IMAGE] [--catalogue DIR]`, as typer would read it; None for anything else."""
    command, *rest = given
    if command != "open" or not all(rest):
        return None
    catalogue = None
    if "--catalogue" in rest[:-1]:
        at = rest.index("--catalogue")
        catalogue = rest[at + 1]
        del rest[at : at + 2]
    image = rest.pop() if rest else None
    if rest or any(one.startswith("-") for one in (image, catalogue) if one):
        return None
    return image, Path(catalogue) if catalogue else None


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
