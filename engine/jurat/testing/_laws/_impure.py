"""What a check does that its outcome does not tell: by Python's own profiling."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from jurat.model import MissingFact

Seen = list[tuple[str, str]]
"""(what it does, `file:line`)."""

_CLOCK, _CHANCE, _DISK, _NETWORK = (
    "reads the clock",
    "draws at random",
    "uses files",
    "uses the network",
)
_PROCESS, _ENVIRONMENT, _THREAD = (
    "starts or asks processes",
    "reads the environment",
    "starts threads",
)

# C functions by module: those named, or all (None)
_C_FUNCTIONS: dict[str, tuple[str, frozenset[str] | None]] = {
    "time": (_CLOCK, None),
    "posix": (_DISK, None),
    "nt": (_DISK, None),
    "_io": (_DISK, frozenset({"open", "open_code"})),
    "io": (_DISK, frozenset({"open", "open_code"})),
    "_socket": (_NETWORK, None),
    "_ssl": (_NETWORK, None),
    "select": (_NETWORK, None),
    "_sqlite3": (_DISK, None),
    "_thread": (_THREAD, frozenset({"start_new_thread", "start_new"})),
    "_posixsubprocess": (_PROCESS, None),
}
# of these modules, what reads nothing: it turns one form of a value into another
_PURE = frozenset(
    {
        "fspath",
        "strptime",
        "strftime",
        "mktime",
        "inet_pton",
        "inet_ntop",
        "inet_aton",
        "inet_ntoa",
    }
)
_RANDOM_BYTES = frozenset({"urandom", "getrandom"})
_NOW = frozenset({"now", "utcnow", "today"})  # of the classes of datetime
# Python functions by module: those named, or all (None)
_FUNCTIONS: dict[str, tuple[str, frozenset[str] | None]] = {
    "random": (_CHANCE, None),
    "secrets": (_CHANCE, None),
    "uuid": (_CHANCE, frozenset({"uuid1", "uuid4", "getnode"})),
    "socket": (_NETWORK, None),
    "ssl": (_NETWORK, None),
    "http.client": (_NETWORK, None),
    "subprocess": (_PROCESS, None),
    "multiprocessing.process": (_PROCESS, None),
    "threading": (_THREAD, frozenset({"start"})),
}
_OWN = str(Path(__file__).parents[2])  # the package jurat


@contextmanager
def noting(seen: Seen) -> Iterator[None]:
    """Note in `seen` what is called meanwhile, in this thread, that is not pure.

    What the import system does for a module that is imported late is no one's fault. Profiling
    that goes on already goes on afterwards.
    """
    before, collects = sys.getprofile(), gc.isenabled()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        what = ""
        if event == "c_call":
            what = _of_c_function(argument)
        elif event == "call":
            what = _of_python(frame)
        if what and not _importing(frame):
            seen.append((what, _place(frame)))

    gc.disable()  # what it calls back would be taken for the check's own
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()


@contextmanager
def noting_missing(pointers: list[str]) -> Iterator[None]:
    """Note in `pointers` the facts that are found to be missing meanwhile, in this thread, even
    where nobody is told."""
    before, code = sys.getprofile(), MissingFact.__init__.__code__

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code is code:
            pointers.append(str(frame.f_locals.get("pointer", "")))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def _of_c_function(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "")
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None)
    if isinstance(owner, type):
        if owner.__module__ == "datetime" and name in _NOW:
            return _CLOCK
        return ""
    if type(owner).__module__ in ("random", "_random"):
        return _CHANCE
    if type(owner).__module__ in ("_socket", "socket"):
        return _NETWORK
    if module not in _C_FUNCTIONS or name in _PURE:
        return ""
    if name in _RANDOM_BYTES:
        return _CHANCE
    what, names = _C_FUNCTIONS[module]
    return what if names is None or name in names else ""


def _of_python(frame: FrameType) -> str:
    module, code = frame.f_globals.get("__name__", ""), frame.f_code
    if module == "os" and code.co_qualname.startswith("_Environ."):
        return _ENVIRONMENT
    what, names = _FUNCTIONS.get(module, ("", None))
    return what if names is None or code.co_name in names else ""


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def _place(frame: FrameType | None) -> str:
    """Where somebody's code made the call: the innermost frame that is neither jurat's nor the
    standard library's, else the innermost."""
    innermost = frame
    library = (
        str(Path(sys.modules["random"].__file__ or "").parent) if "random" in sys.modules else ""
    )
    while frame is not None:
        name = frame.f_code.co_filename
        ours = name.startswith((_OWN, "<")) or (
            library and name.startswith(library) and "site-packages" not in name
        )
        if not ours:
            return f"{Path(name).name}:{frame.f_lineno}"
        frame = frame.f_back
    return f"{Path(innermost.f_code.co_filename).name}:{innermost.f_lineno}" if innermost else ""
