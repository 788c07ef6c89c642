"""What the packed program holds: modules, data files, and what is left out of it."""

import importlib.util
import re
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]

RESOURCES = ("settings.toml", "bundles", "licences", "theme", "integration", "translations")
"""Of the folder `resources`, what the program reads."""

HIDDEN_IMPORTS = [  # PyInstaller sees no import that is made by a name
    "openjpeg",
    "jpeg_ls",
    "pylibjpeg",
    "imagecodecs._imcd",
    "imagecodecs._jpeg8",
    "imagecodecs._ljpeg",
    "imagecodecs._jpegsof3",
    "keyring.backends.SecretService",
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.fail",
    "export_models.phantom",
]

READ_BY_NAME = ("highdicom",)
"""Libraries that open files of their own, of which PyInstaller knows nothing."""

LEFT_OUT = [  # large, and needed by training, tests or hosts alone
    *("torch", "torchvision", "captum", "onnx", "onnxscript", "onnx_ir", "pytorch_metric_learning"),
    *("matplotlib", "sklearn", "pandas", "dask", "napari", "npe2", "IPython", "jupyter_client"),
    *("faiss", "usearch", "pytest", "_pytest", "hypothesis", "mypy", "schemathesis", "tkinter"),
    "readline",  # GPL
    *("zmq", "debugpy", "qtpy", "vispy", "numba", "sympy", "gdcm", "PyInstaller", "setuptools"),
]

_UNWANTED = re.compile(
    r"onnxruntime_providers_(cuda|tensorrt)|^libcu(dart|blas|dnn|fft|rand)"  # CUDA's
    r"|translations[/\\](qt(?!base)|designer|linguist|assistant)|PySide6[/\\]Qt[/\\]qml"
    r"|Qt6?(Quick|Qml|Pdf|VirtualKeyboard|WebEngine|Designer)"
    r"|platformthemes[/\\]libqgtk3|^libg[td]k-3"  # GTK's dialogs, and what only they need
    r"|^lib(atk|atspi|cairo|pango|gdk_pixbuf|pixman|thai|datrie|epoxy|avahi)"
    r"|^libX(composite|cursor|damage|ext|fixes|i|inerama|randr|render)\."
    r"|skimage[/\\]data[/\\]"
    r"|onnxruntime[/\\](transformers|quantization|tools|training)[/\\]"
)

_LICENCE_NAMES = ("licen", "copying", "notice", "copyright")


def program_version() -> str:
    """The version that `pyproject.toml` states."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(stated["project"]["version"])


def data_files() -> list[tuple[str, str]]:
    """The program's own data, as (where it lies, folder in the packed program)."""
    found = []
    for name in RESOURCES:
        path = ROOT / "resources" / name
        inside = "inference/resources" + (f"/{name}" if path.is_dir() else "")
        found.append((str(path), inside))
    found.append((str(_own_metadata()), f"kindred_viewer-{program_version()}.dist-info"))
    return found


def library_files() -> list[tuple[str, str]]:
    """What libraries read of their own folders, as `data_files` lists it."""
    found = []
    for name in READ_BY_NAME:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue  # of an extra that is not packed
        package = Path(spec.origin).parent
        for file in sorted(package.rglob("*")):
            if file.is_file() and file.suffix not in (".py", ".pyc", ".typed"):
                found.append((str(file), (name / file.relative_to(package).parent).as_posix()))
    return found


def is_wanted(inside: str) -> bool:
    """Whether a file, named by its place in the packed program, is worth its size."""
    return _UNWANTED.search(inside) is None


def packages_of(files: list[tuple[str, str, str]]) -> set[str]:
    """First folders of binaries, which are the names of packages where they are modules'."""
    return {Path(one[0]).parts[0] for one in files}


def metadata_files(modules: set[str]) -> list[tuple[str, str, str]]:
    """Names, versions and licences of the libraries of some modules, for the list of licences.

    Returns:
        (place in the packed program, file, "DATA"), as PyInstaller lists files.
    """
    found = {}
    for name in libraries(modules):
        one = distribution(name)
        for file in one.files or ():
            is_told = ".dist-info" in str(file) or is_licence(file.name)
            if is_told and Path(str(file.locate())).is_file():
                found[str(file)] = (str(file), str(file.locate()), "DATA")
    return list(found.values())


def is_licence(name: str) -> bool:
    """Whether a file of this name holds a licence, and no code."""
    is_text = not name.endswith((".py", ".pyc", ".pyi", ".so", ".js"))
    return is_text and any(part in name.casefold() for part in _LICENCE_NAMES)


def libraries(modules: set[str]) -> list[str]:
    """The installed libraries that some top-level modules belong to."""
    owners = packages_distributions()
    return sorted({owner for module in modules for owner in owners.get(module, ())})


def _own_metadata() -> Path:
    """A file by which the packed program knows its own version, as pip would write it."""
    path = ROOT / "build" / "packaging" / "METADATA"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"Metadata-Version: 2.4\nName: kindred-viewer\nVersion: {program_version()}\n"
    path.write_text(text + "License-Expression: MIT\n", encoding="utf-8")
    return path
