"""A process that reads a catalogue over and over while another one builds it.

    python -m tests.inference.catalogue_reader FOLDER BUNDLE

Reads until its standard input ends, then says as JSON how often, how many different states it saw,
and what was wrong: each state must be whole, that is every case its own nearest neighbour.
"""

import json
import sys
import threading
from pathlib import Path

import numpy as np

from inference.catalogue import Catalogue
from inference.errors import InferenceError
from inference.model_bundle import Bundle, read_bundle


def read_once(folder: Path, bundle: Bundle) -> tuple[int, list[str]]:
    """How many cases there are, and what is wrong with them."""
    catalogue = Catalogue.open(folder, bundle)
    try:
        problems = []
        cases = list(catalogue.cases())
        if len(cases) != catalogue.count:
            problems.append(f"{len(cases)} of {catalogue.count} cases")
        for method in ("ig", "metric"):
            vectors = np.array(catalogue.embeddings(method))
            for case, vector in list(zip(cases, vectors, strict=True))[::7]:
                (nearest,) = catalogue.nearest(vector, method=method, k=1)
                if nearest.case != case or nearest.distance > 1e-6:
                    problems.append(f"{case.case_id} is not its own neighbour by {method}")
        return len(cases), problems
    finally:
        catalogue.close()


def main() -> None:
    """Read until told to stop."""
    folder, bundle = Path(sys.argv[1]), read_bundle(Path(sys.argv[2]))
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    print("ready", flush=True)
    times, counts, problems = 0, set(), []
    while not is_over.is_set():
        try:
            count, found = read_once(folder, bundle)
        except InferenceError as error:
            problems.append(str(error))
        else:
            counts.add(count)
            problems += found
        times += 1
    print(json.dumps({"times": times, "counts": sorted(counts), "problems": problems[:5]}))


if __name__ == "__main__":
    main()
