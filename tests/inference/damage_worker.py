"""A process that damages a catalogue or a bundle by number, uses it, and says what came of it.

    python -m tests.inference.damage_worker PLACE

PLACE holds `folder` and `other`, two indexed folders, and `bundle` and `other-bundle`; the damage
is done to copies. Reads one number a line and answers each with one line of JSON: `what` was
damaged, `reader` is "refused", "truth" or "other" (an answer that is not the truth), `mended`
whether indexing again gives the truth and a check finds nothing.

Numbers that leave 0 when divided by 3 are forgeries: whatever checksum covers the damage is made
right again, as somebody might who wants the damage to be read. Then there is no telling the truth
for a reader; the indexer, whose database knows what it published, must restore it all the same.
"""

import contextlib
import hashlib
import json
import random
import shutil
import sqlite3
import struct
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from inference import catalogue as catalogue_module
from inference.catalogue import Catalogue
from inference.catalogue_build import check_catalogue
from inference.catalogue_store import find_store
from inference.decoder_process import limit_memory
from inference.errors import InferenceError
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession
from tests.inference.catalogue_states import build, state, use_axes

KINDS = ("index", "axes", "embeddings", "records", "catalogue.sqlite", "catalogue.json", "bundle")
METHODS = ("ig", "metric")
"""Enough of them: one of each distance that has a graph."""

_ODD = (0, 1, -1, 2**31, 2**40, 2**63, 1e308, -0.5, "", "x" * 70_000, "../../x", None, [], {}, True)


class Laboratory:
    """Sound originals, and what they say."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for copy in ("copy", "sound"):  # of a process before this one, which died
            shutil.rmtree(place / copy, ignore_errors=True)
        self.bundle = read_bundle(place / "bundle")
        self.session = BundleSession(self.bundle, provider="cpu", threads=1)
        self.folder = shutil.copytree(place / "folder", place / "copy")
        self.sound = shutil.copytree(place / "folder" / ".kindred", place / "sound")
        store = find_store(place / "other", self.bundle)
        assert store is not None
        self.other_store = store
        self.truth = state(place / "folder", self.bundle)
        generator = np.random.default_rng(0)
        self.image = generator.random((1, 1, 32, 32), dtype=np.float32)
        self.answer = self._run(self.bundle)

    def try_number(self, number: int) -> dict[str, Any]:
        """Damage, use, mend."""
        generator = random.Random(number)
        is_forged = number % 3 == 0
        kind = generator.choice(KINDS)
        if kind == "bundle":
            return {"what": kind, **self._try_bundle(generator, is_forged=is_forged)}
        shutil.rmtree(self.folder / ".kindred")
        shutil.copytree(self.sound, self.folder / ".kindred")
        store = find_store(self.folder, self.bundle)
        assert store is not None
        path = generator.choice(
            sorted(one for one in store.iterdir() if one.name.startswith(kind)) or [store / kind]
        )
        if is_forged and kind != "catalogue.sqlite":
            what = forge(store, path, generator)
        else:
            others = sorted(path for path in store.iterdir() if path.stat().st_size)
            others += sorted(self.other_store.iterdir())
            what = damage(path, generator, others)
        answer: dict[str, Any] = {"what": f"{what} of {kind}", "said": ""}
        try:
            answer["reader"] = "truth" if state(self.folder, self.bundle) == self.truth else "other"
        except InferenceError as error:
            answer |= {"reader": "refused", "said": str(error)}
        problems = check_catalogue(self.folder, self.session)
        if any("update Kindred" in problem for problem in problems):
            answer["mended"] = "left alone"  # a version number that became a later one's
            return answer
        build(self.folder, self.session, METHODS)
        is_true = state(self.folder, self.bundle) == self.truth
        left = check_catalogue(self.folder, self.session)
        return {**answer, "mended": is_true and not left, "left": left}

    def _try_bundle(self, generator: random.Random, *, is_forged: bool) -> dict[str, Any]:
        copy = self.place / "bundle-copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.place / "bundle", copy)
        path = generator.choice(sorted(copy.glob("*.onnx")) + [copy / "bundle.json"] * 3)
        others = sorted((self.place / "other-bundle").iterdir()) + sorted(copy.glob("*.onnx"))
        what = forge_bundle(path, generator) if is_forged else damage(path, generator, others)
        answer: dict[str, Any] = {"what": f"{what} of the bundle's {path.name}", "mended": True}
        try:
            opened = read_bundle(copy)
            is_same = self._run(opened) == self.answer
            if opened.manifest.sha256 != self.bundle.manifest.sha256:
                try:  # another bundle than the one that the catalogue was made with
                    Catalogue.open(self.place / "folder", opened)
                    return {**answer, "reader": "other", "mended": False}
                except InferenceError as error:
                    return {**answer, "reader": "refused", "said": str(error)}
            return {**answer, "reader": "truth" if is_same else "other"}
        except InferenceError as error:
            return {**answer, "reader": "refused", "said": str(error)}

    def _run(self, bundle: Bundle) -> dict[str, bytes]:
        session = BundleSession(bundle, provider="cpu", threads=1)
        output = session.run(self.image, tuple(bundle.manifest.methods), feature_maps=True)
        return {name: values.tobytes() for name, values in output.embeddings.items()}


def damage(path: Path, generator: random.Random, others: list[Path]) -> str:
    """Damage a file in one of many ways; which one."""
    content = bytearray(path.read_bytes())
    kind = generator.choice(
        ["flip", "flip", "flip", "overwrite", "cut", "cut", "longer", "swap", "swap", "zero",
         "empty", "remove"]
    )  # fmt: skip
    if kind == "remove" or not content:
        path.unlink()
        return "removal"
    if kind == "swap":
        shutil.copy(generator.choice([one for one in others if one.name != path.name]), path)
    elif kind == "flip":
        for _ in range(generator.randint(1, 8)):
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    elif kind == "overwrite":
        start = generator.randrange(len(content))
        content[start : start + 200] = generator.randbytes(min(200, len(content) - start))
    elif kind == "cut":
        del content[generator.randrange(len(content)) :]
    elif kind == "longer":
        content += generator.randbytes(generator.choice([1, 8, 5000]))
    else:
        content = bytearray(len(content)) if kind == "zero" else bytearray()
    if kind != "swap":
        path.write_bytes(content)
    return kind


def forge(store: Path, path: Path, generator: random.Random) -> str:
    """Alter a published file, or the manifest itself, and make all checksums right."""
    manifest = json.loads((store / "catalogue.json").read_text())
    version = manifest.pop("format")
    del manifest["checksum"]
    if path.name == "catalogue.json":
        what = alter(manifest, generator)
    else:
        what = "forged " + (forge_sqlite if path.suffix == ".sqlite" else forge_bytes)(
            path, generator
        )
        content = path.read_bytes()
        files = [manifest["records"]]
        for method in manifest["methods"].values():
            graph = method["graph"] or {}
            files += [
                method["embeddings"],
                *(graph[one] for one in ("index", "axes") if graph.get(one)),
            ]
        for file in files:
            if file["name"] == path.name:
                file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    text = json.dumps({"format": version, "checksum": digest, **manifest})
    (store / "catalogue.json").write_text(text)
    return what


def forge_bytes(path: Path, generator: random.Random) -> str:
    """Header fields mostly, since native code takes its sizes from them."""
    content = bytearray(path.read_bytes())
    for _ in range(generator.randint(1, 3)):
        number = generator.choice([0, 1, 0xFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 7])
        if generator.random() < 0.6:
            place = 4 * generator.randrange(24)
        else:
            place = generator.randrange(max(1, len(content) - 4))
        struct.pack_into("<I", content, place, number)
    if generator.random() < 0.2:
        del content[generator.randrange(len(content)) :]
    path.write_bytes(content)
    return "bytes"


def forge_sqlite(path: Path, generator: random.Random) -> str:
    """Pages as no SQLite wrote them, or rows as no indexer wrote them."""
    if generator.random() < 0.5:
        content = bytearray(path.read_bytes())
        for _ in range(generator.randint(1, 40)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        path.write_bytes(content)
        return "pages"
    column = generator.choice(["content", "labels", "case_id", "path", "row", "patient_id"])
    value = generator.choice(
        [
            "",
            "null",
            "[]",
            "{}",
            "{",
            "[" * 5000,
            '{"age": "x", "findings": 5}',
            -1,
            1 << 60,
            b"\xff",
        ]
    )
    with (
        closing(sqlite3.connect(path)) as database,
        contextlib.suppress(sqlite3.IntegrityError),  # a text is no row
        database,
    ):
        row = f"(SELECT row FROM cases LIMIT 1 OFFSET {generator.randrange(5)})"
        database.execute(f"UPDATE OR IGNORE cases SET {column} = ? WHERE row = {row}", (value,))
    return f"{column} of a row"


def alter(content: dict[str, Any], generator: random.Random) -> str:
    """Put something odd somewhere into a manifest."""
    inside: Any = content
    name = ""
    while isinstance(inside, dict | list) and inside:
        parent = inside
        key = generator.choice(sorted(parent) if isinstance(parent, dict) else range(len(parent)))
        name += f"/{key}"
        inside = parent[key]
        if generator.random() < 0.2:
            break
    parent[key] = generator.choice(_ODD)
    return f"forged {name}"


def forge_bundle(path: Path, generator: random.Random) -> str:
    """Alter a graph or the manifest of a bundle, and make its checksums right."""
    manifest_path = path.with_name("bundle.json")
    manifest = json.loads(manifest_path.read_text())
    if path == manifest_path:
        what = alter(manifest, generator)
    else:
        content = bytearray(path.read_bytes())
        for _ in range(generator.randint(1, 6)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        if generator.random() < 0.2:
            del content[generator.randrange(len(content)) :]
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        manifest["files"][path.name] = {"bytes": len(content), "sha256": digest}
        what = "forged bytes"
    manifest_path.write_text(json.dumps(manifest))
    return what


def main() -> None:
    """Answer until there are no more lines."""
    catalogue_module.EXACT_LIMIT = 1  # the graphs are what is searched
    use_axes()
    laboratory = Laboratory(Path(sys.argv[1]))
    limit_memory(4 << 30)
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        started = time.monotonic()
        try:
            answer = laboratory.try_number(int(line))
        except Exception as error:  # noqa: BLE001 - what is looked for here
            import traceback

            trace = traceback.extract_tb(error.__traceback__)[-5:]
            places = " > ".join(f"{Path(one.filename).name}:{one.lineno}" for one in trace)
            fault = f"{type(error).__name__}: {error} at {places}"
            answer = {"what": "", "reader": "fault", "said": fault, "mended": False}
        print(json.dumps({**answer, "seconds": time.monotonic() - started}), flush=True)


if __name__ == "__main__":
    main()
