"""Brings the translations up to date: `python resources/translations/build.py`.

Every `kindred_LANGUAGE.ts` beside this file gets the texts that `viewer/` has now, and loses
those that it has no more; then it is compiled into the `.qm` that the window loads. What is new
is left unfinished, to be filled in with Qt Linguist (`pyside6-linguist FILE.ts`) or by hand. For
a further language: `python resources/translations/build.py fr`.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main(new: list[str]) -> None:
    """Update and compile all translations, and begin those of `new` languages."""
    sources = sorted((ROOT / "viewer").rglob("*.py"))
    files = {*HERE.glob("kindred_*.ts"), *(HERE / f"kindred_{one}.ts" for one in new)}
    for file in sorted(files):
        language = file.stem.partition("_")[2]
        _run(
            *("pyside6-lupdate", "-silent", "-no-obsolete", "-locations", "none"),
            *("-tr-function-alias", "QT_TR_NOOP+=N_"),
            *("-source-language", "en", "-target-language", language),
            *(str(source.relative_to(ROOT)) for source in sources),
            *("-ts", str(file)),
        )
        _run("pyside6-lrelease", "-silent", str(file), "-qm", str(file.with_suffix(".qm")))


def _run(*command: str) -> None:
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([str(program), *command[1:]], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
