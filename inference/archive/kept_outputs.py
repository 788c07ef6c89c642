"""What models said of radiographs that nobody has opened yet, so that the reader need not wait.

    DATA/analysed/<checksum>.npz      probabilities, saliency map, embedding of one method

The checksum is of the model's input itself, the bundle and the method: whatever could change the
answer changes the name. A file says nothing of the patient; the oldest are forgotten.
"""

import contextlib
import hashlib
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.bundle_store import user_data_folder

if TYPE_CHECKING:
    from inference.onnx_session import ModelOutput

MOST_FILES = 500
_PARTS = ("probabilities", "saliency", "embedding")


def recalled(
    tensor: NDArray[np.float32], bundle_sha256: str, method: str, folder: Path | None = None
) -> "ModelOutput | None":
    """The output that was kept for exactly this input, bundle and method, or None.

    Args:
        tensor: (1, channels, size, size) float32, the model's input.
        bundle_sha256: Of the bundle's manifest.
        method: Whose embedding is needed.
        folder: Where outputs are kept; None: the usual place.
    """
    from inference.onnx_session import ModelOutput

    folder = folder or _folder()
    if not folder.is_dir():  # nothing was ever kept: the checksum is not worth its millisecond
        return None
    path = folder / _name(tensor, bundle_sha256, method)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            probabilities, saliency, embedding = (kept[part] for part in _PARTS)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # damaged: made again
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    is_sound = saliency.shape == tensor.shape[2:] and all(
        part.dtype == np.float32 and np.isfinite(part).all()
        for part in (probabilities, saliency, embedding)
    )
    return ModelOutput(probabilities, saliency, {method: embedding}, {}) if is_sound else None


def keep(
    tensor: NDArray[np.float32],
    bundle_sha256: str,
    method: str,
    output: "ModelOutput",
    folder: Path | None = None,
) -> None:
    """Keep an output for `recalled`. A full disk keeps nothing, and nothing is lost by it."""
    folder = folder or _folder()
    path = folder / _name(tensor, bundle_sha256, method)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            np.savez(
                stream,
                probabilities=output.probabilities,
                saliency=output.saliency,
                embedding=output.embeddings[method],
            )
        partial.replace(path)
        files = sorted(folder.glob("*.npz"), key=lambda one: one.stat().st_mtime_ns)
        for old in files[:-MOST_FILES]:
            old.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _folder() -> Path:
    return user_data_folder() / "analysed"


def _name(tensor: NDArray[np.float32], bundle_sha256: str, method: str) -> str:
    digest = hashlib.sha256(f"{bundle_sha256} {method} {tensor.shape}".encode())
    digest.update(np.ascontiguousarray(tensor).tobytes())
    return f"{digest.hexdigest()}.npz"
