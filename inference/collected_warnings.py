"""Catches the Python warnings of the libraries that decode, one list for each thread.

`warnings.catch_warnings` alone is not safe here: it changes the whole process, and the catalogue
is read by several threads at once. So it is entered by the first of them, left by the last, and
what is warned meanwhile is sorted by thread.
"""

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

_lock = threading.Lock()
_collecting = threading.local()
_depth = 0
_outer: contextlib.ExitStack | None = None


@contextlib.contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collect the texts of the warnings that this thread gives inside the `with`.

    Other threads' warnings go where they would have gone.
    """
    global _depth, _outer
    texts: list[str] = []
    before: list[str] | None = getattr(_collecting, "texts", None)
    with _lock:
        if _depth == 0:
            _outer = _install()
        _depth += 1
    _collecting.texts = texts
    try:
        yield texts
    finally:
        _collecting.texts = before
        with _lock:
            _depth -= 1
            if _depth == 0 and _outer is not None:
                _outer.close()
                _outer = None


def _install() -> contextlib.ExitStack:
    stack = contextlib.ExitStack()
    stack.enter_context(warnings.catch_warnings())
    show_elsewhere = warnings.showwarning

    def keep(message: Warning | str, *details: Any, **more: Any) -> None:
        texts: list[str] | None = getattr(_collecting, "texts", None)
        if texts is None:
            show_elsewhere(message, *details, **more)
        else:
            texts.append(str(message))

    warnings.simplefilter("always")
    warnings.showwarning = keep
    return stack
