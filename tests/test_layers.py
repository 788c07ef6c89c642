"""Who may import whom, by looking at what was really loaded."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("inference", "viewer", "export_models")

# Packages of which nothing may be loaded, however indirectly.
FORBIDDEN = {
    "inference": ("PySide6", "torch", "viewer", "export_models", "matplotlib"),
    "viewer": ("torch", "export_models", "matplotlib"),
    "export_models": ("PySide6", "viewer"),
}

# Which modules may import an outside library that shapes data.
DOORS = {
    "onnxruntime": {"inference.onnx_session"},
    "hnswlib": {"inference.neighbour_index"},
}
PYDICOM_PREFIXES = (
    "inference.dicom_", "inference.archive.", "inference.catalogue_scan", "export_models.phantom",
)  # fmt: skip

# The department's archives, which the user configures; everything else stays off the network.
ARCHIVE_DOORS = {
    "inference.archive.archive_config": {"urllib"},  # its parser alone
    "inference.archive.http_door": {"requests", "urllib"},
    "inference.archive.watched_sockets": {"requests", "socket"},
    "inference.archive.bounded_socket": {"socket"},
    "inference.archive.store_scp": {"socket", "socketserver"},
    # Programs of this computer ask; it asks nobody.
    "inference.service.server": {"socket", "asyncio"},
    "inference.service.door": {"asyncio"},
    "inference.service.turns": {"asyncio"},
}

LOCAL_SOCKETS = {"PySide6.QtNetwork"}
TO_ARCHIVES = ("inference.archive.", "inference.dicom_results.send_")
"""Modules that may speak to the archives which the user entered, and to nothing else."""

_LOAD = """
import importlib, sys
forbidden = sys.argv[1].split(",")
for name in sys.argv[2:]:
    importlib.import_module(name)
    for loaded in list(sys.modules):
        if loaded.split(".")[0] in forbidden:
            sys.exit(f"{name} loads {loaded}")
"""


def modules(package: str) -> list[str]:
    """Every module of a package but those that are run."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    ]


def source(module: str) -> ast.Module:
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(module: str) -> set[str]:
    """Full names of what a module's text imports, wherever in it."""
    found = set()
    for node in ast.walk(source(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


class _Imported(ast.NodeVisitor):
    """Full names of what is imported to run, wherever in the text; of a package, all its parts."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module:
            self.names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)


def imported(tree: ast.Module) -> set[str]:
    """Full names of what a module imports to run, and not for its hints alone."""
    found = _Imported()
    found.visit(tree)
    return found.names


def load(forbidden: tuple[str, ...], names: list[str]) -> str:
    """Import modules in a fresh interpreter; what is wrong, or ""."""
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, ",".join(forbidden), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_loads_only_what_it_may(package: str) -> None:
    if package == "export_models":
        pytest.importorskip("torch", reason="training needs torch")
    assert load(FORBIDDEN[package], modules(package)) == ""


def test_the_check_notices_what_is_loaded() -> None:
    assert load(("PySide6",), ["inference.errors", "viewer.theme"]).startswith(
        "viewer.theme loads PySide6"
    )


def test_no_modules_import_each_other_in_a_circle() -> None:
    trees = {name: source(name) for package in PACKAGES for name in modules(package)}
    graph = {name: imported(tree) & trees.keys() for name, tree in trees.items()}
    assert sum(map(len, graph.values())) > 500
    graphlib.TopologicalSorter(graph).prepare()  # a CycleError names the modules of a circle


def test_an_import_within_a_function_counts_and_one_for_hints_does_not() -> None:
    text = """
from typing import TYPE_CHECKING
from inference import errors
if TYPE_CHECKING:
    import viewer.app
def late():
    import viewer.theme
"""
    wanted = {"typing.TYPE_CHECKING", "typing", "inference", "inference.errors", "viewer.theme"}
    assert imported(ast.parse(text)) == wanted


def test_phantoms_need_no_torch() -> None:
    names = [name for name in modules("export_models") if ".phantom" in name]
    assert names
    assert load(("torch", "viewer", "PySide6", "onnxruntime"), names) == ""


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    heavy = ("PySide6", "onnxruntime", "pydicom", "skimage", "torch", "hnswlib")
    assert load(heavy, ["viewer.command_line"]) == ""


def test_only_the_demo_reaches_across() -> None:
    crossing = {
        name
        for name in modules("viewer")
        if any(one.split(".")[0] == "export_models" for one in imports(name))
    }
    assert crossing == {"viewer.commands.demo"}
    for one in imports("viewer.commands.demo"):
        assert not one.startswith("export_models") or one.startswith("export_models.phantom")


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    through = {
        name
        for package in PACKAGES
        for name in modules(package)
        if any(one.split(".")[0] == library for one in imports(name))
    }
    assert through <= DOORS[library]


def test_dicom_is_read_in_a_few_places_only() -> None:
    for package in PACKAGES:
        for name in modules(package):
            if any(one.split(".")[0] == "pydicom" for one in imports(name)):
                assert name.startswith((*PYDICOM_PREFIXES, "inference.spacing"))


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_read_from_disk_can_run_code(package: str) -> None:
    for name in modules(package):
        for node in ast.walk(source(name)):
            if isinstance(node, ast.ImportFrom) and node.module == "pickle":
                # What `torch.load(weights_only=True)` raises when it refuses a file.
                assert [one.name for one in node.names] == ["UnpicklingError"], name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else None
                roots = {(module or one.name).split(".")[0] for one in node.names}
                loaders = {"pickle", "shelve", "marshal", "dill", "joblib", "yaml"}
                assert not roots & loaders, name
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            options = {one.arg: ast.unparse(one.value) for one in node.keywords}
            assert called not in ("eval", "exec"), name
            assert options.get("allow_pickle", "False") == "False", name
            if called == "torch.load":
                assert options.get("weights_only") == "True", name


@pytest.mark.parametrize("package", ["inference", "viewer"])
def test_nothing_speaks_to_a_network(package: str) -> None:
    network = {
        "socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "aiohttp",
        "asyncio", "xmlrpc", "socketserver", "PySide6.QtNetwork",
    }  # fmt: skip
    for name in modules(package):
        named = imports(name)
        if name.startswith(TO_ARCHIVES):
            continue
        allowed = LOCAL_SOCKETS if name == "viewer.integration.single_instance" else set()
        allowed = allowed | ARCHIVE_DOORS.get(name, set())
        assert not (named | {one.split(".")[0] for one in named}) & (network - allowed), name


def test_windows_of_one_user_meet_through_local_sockets_alone() -> None:
    for node in ast.walk(source("viewer.integration.single_instance")):
        if isinstance(node, ast.ImportFrom) and node.module in LOCAL_SOCKETS:
            assert {one.name for one in node.names} <= {"QLocalServer", "QLocalSocket"}
