"""Packs the program: a folder and an archive that need no Python.

    pip install '.[dicom-io,serve]' pyinstaller
    python resources/packaging/build.py --out dist

Run it on the system that the program is for; the C library of the oldest system it is to start
on must not be older than this one's. Tried on Debian 12, in an otherwise empty system:

    debootstrap --variant=minbase bookworm ROOT && mount -t proc proc ROOT/proc
    chroot ROOT apt-get install --no-install-recommends PACKAGES    # the README's, without Python
    cp dist/kindred-*.tar.gz ROOT/root
    chroot ROOT sh -c 'cd /root && tar xzf kindred-*.tar.gz && kindred-*/kindred demo --headless'
"""

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import contents

HERE = Path(__file__).parent


def main() -> int:
    """Build, collect licences, pack; print where and how large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("dist"), help="for folder and archive")
    out = parser.parse_args().out.resolve()
    work = out / "work"
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--distpath", str(work), "--workpath", str(work / "pyinstaller")),
            str(HERE / "kindred.spec"),
        ],
        check=True,
    )
    name = f"kindred-{contents.program_version()}-{sysconfig.get_platform()}"
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    (work / "kindred").rename(folder)
    if (work / "Kindred.app").is_dir():
        shutil.rmtree(out / "Kindred.app", ignore_errors=True)
        (work / "Kindred.app").rename(out / "Kindred.app")
    without = collect_licences(folder)
    archive = pack(folder)
    print(f"{folder}: {_megabytes(sum(one.stat().st_size for one in _files(folder)))}")
    print(f"{archive}: {_megabytes(archive.stat().st_size)}")
    if without:
        print("Without a licence's text:", ", ".join(without))
    return 0


def collect_licences(folder: Path) -> list[str]:
    """Put the licences of everything that is in a packed program into its `LICENSES/`.

    Returns:
        Libraries that bring no text, whose metadata is put there instead.
    """
    licences, without = folder / "LICENSES", []
    shutil.rmtree(licences, ignore_errors=True)
    (licences / "kindred").mkdir(parents=True)
    shutil.copy(contents.ROOT / "LICENSE", licences / "kindred")
    for one in (contents.ROOT / "resources" / "licences").iterdir():
        shutil.copy(one, licences)
    inside = next(iter(sorted(folder.rglob("kindred_viewer-*.dist-info")))).parent
    for library in distributions(path=[str(inside)]):
        if library.name == "kindred-viewer":
            continue
        target = licences / f"{library.name}-{library.version}"
        target.mkdir(exist_ok=True)
        texts = [one for one in library.files or () if contents.is_licence(one.name)]
        copied = 0
        for text in texts:
            source = Path(str(text.locate()))
            if source.is_file():
                shutil.copy(source, target / f"{copied}-{source.name}")
                copied += 1
        if not copied:
            without.append(library.name)
            metadata = library.read_text("METADATA") or ""
            (target / "METADATA").write_text(metadata, encoding="utf-8")
    _python_licence(licences / "python")
    _system_licences(folder, licences / "system")
    return sorted(without)


def pack(folder: Path) -> Path:
    """One archive of a folder beside it: .zip on Windows, else .tar.gz."""
    if sys.platform == "win32":
        archive = folder.with_name(folder.name + ".zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for one in _files(folder):
                packed.write(one, one.relative_to(folder.parent))
        return archive
    archive = folder.with_name(folder.name + ".tar.gz")
    with tarfile.open(archive, "w:gz", compresslevel=6) as packed_tar:
        packed_tar.add(folder, folder.name)
    return archive


def _python_licence(target: Path) -> None:
    target.mkdir()
    for place in (sysconfig.get_path("stdlib"), sys.base_prefix):
        for name in ("LICENSE.txt", "LICENSE"):
            if (Path(place) / name).is_file():
                shutil.copy(Path(place) / name, target)
                return


def _system_licences(folder: Path, target: Path) -> None:
    """Of the system's own libraries that were packed, by what Debian's packages say."""
    if shutil.which("dpkg-query") is None:
        return
    names = sorted({one.name for one in _files(folder) if ".so" in one.name})
    where = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
    # Whole paths: patterns take minutes.
    paths = [f"{root}/{where}/{name}" for name in names for root in ("/usr/lib", "/lib")]
    asked = ["dpkg-query", "--search", *paths]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    for package in sorted({line.split(":")[0] for line in answer.splitlines()}):
        text = Path("/usr/share/doc") / package / "copyright"
        if text.is_file():
            target.mkdir(exist_ok=True)
            shutil.copy(text, target / f"{package}.txt")


def _files(folder: Path) -> list[Path]:
    return [one for one in sorted(folder.rglob("*")) if one.is_file() and not one.is_symlink()]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
