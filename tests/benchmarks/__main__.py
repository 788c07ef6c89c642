"""Every benchmark, one after the other, as Markdown: `python -m tests.benchmarks [NAME ...]`.

For a quiet machine and a free hour; `--short` takes some ten minutes and is no basis for a
figure that is quoted. Each part is a module that runs by itself, with options of its own.
"""

import argparse
import subprocess
import sys

# Name -> (heading, options of a short run)
PARTS = {
    "query_time": ("A query, from file to the nearest", ["--rounds", "3"]),
    "graph_choices": ("The graph: settings and profile", ["--rounds", "3"]),
    "explanation_time": ("Explanations", ["--rounds", "3"]),
    "reading_time": ("Reading in a process that may die", ["--rounds", "3"]),
    "drag_time": ("Dragging a window of 3,000 x 3,000 pixels", ["--rounds", "2"]),
    "start_time": ("Start", ["--rounds", "3"]),
    "index_throughput": ("Indexing", ["--images", "60", "--rounds", "2"]),
    "reindex": ("Indexing again", ["--files", "5000", "--rounds", "2"]),
    "search_scale": ("Search", ["--counts", "1000", "10000"]),
    "window_memory": ("Memory of the window", ["--counts", "1000"]),
    "gpu_time": ("GPU", ["--rounds", "10"]),
}


def main() -> None:
    """Run the parts and pass on what they print; one that fails stops nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    unknown = set(options.names) - set(PARTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    failed = []
    for name in options.names or PARTS:
        heading, short = PARTS[name]
        given = short if options.short else []
        print(
            f"\n## {heading}\n\n`python -m tests.benchmarks.{' '.join([name, *given])}`\n",
            flush=True,
        )
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *given]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nNot measured: {', '.join(failed)}.", file=sys.stderr)
    sys.exit(1 if set(failed) - {"gpu_time"} else 0)


if __name__ == "__main__":
    main()
