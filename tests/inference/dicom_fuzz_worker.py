"""A process that opens whatever it is told to, as the viewer would, and says what became of it.

    python -m tests.inference.dicom_fuzz_worker MEGABYTES WHOLE_FILE

Reads one path a line and answers each with one line of JSON: `kind` is "read", "refused", or
"fault" where something other than a sentence came out; `resident` is the most memory ever taken.
"""

import contextlib
import json
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from inference.decoder_process import limit_memory
from inference.dicom_tags import read_tags
from inference.errors import InferenceError
from inference.model_bundle import InputSpec
from inference.preprocess import prepare
from inference.radiograph_io import display_brightness, read_header, read_radiograph


def resident_mb() -> float:
    """The most memory that was ever resident, in MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


def open_everything(path: Path) -> None:
    """Header, tags, pixels, display and model input; what comes out must make sense."""
    for look in (read_header, read_tags):
        with contextlib.suppress(InferenceError):
            look(path)
    radiograph = read_radiograph(path)
    assert np.isfinite(radiograph.values).all(), "values that are no numbers"
    shown = display_brightness(radiograph)
    assert np.isfinite(shown).all(), "a display that is no number"
    assert shown.min() >= 0, "a display below black"
    assert shown.max() <= 1, "a display above white"
    assert np.isfinite(prepare(radiograph, InputSpec(32), None).tensor).all(), "no model input"


def opened(path: Path) -> tuple[str, str]:
    """What became of a file, and what was said of it."""
    try:
        open_everything(path)
    except InferenceError as error:
        return "refused", str(error)
    except Exception as error:  # noqa: BLE001 - what is looked for here
        places = [
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in traceback.extract_tb(error.__traceback__)[-6:]
        ]
        return "fault", f"{type(error).__name__}: {error} at {' > '.join(places)}"
    return "read", ""


def main() -> None:
    """Answer until there are no more lines."""
    limit_memory(int(sys.argv[1]) * 1_000_000)
    open_everything(Path(sys.argv[2]))  # from here on everything is imported
    print(json.dumps({"resident": resident_mb()}), flush=True)
    for line in sys.stdin:
        started = time.monotonic()
        kind, said = opened(Path(line.removesuffix("\n")))
        seconds = time.monotonic() - started
        answer = {"kind": kind, "said": said, "seconds": seconds, "resident": resident_mb()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
