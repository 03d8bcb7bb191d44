"""Failures that explain themselves: the text, and where in the user's code, in place of a traceback
through ours."""

import os
from pathlib import Path

import pytest

_TOLD = (("LawBroken", "jurat.testing"), ("BundleError", "jurat.bundle"))


def told(excinfo: pytest.ExceptionInfo[BaseException], file: Path) -> str | None:
    """What a law that is broken, or a bundle that can't be loaded, is told as, with the line of
    the test's `file` that led there; None for anything else."""
    kind = excinfo.type
    if not any(kind.__name__ == name and kind.__module__.startswith(m) for name, m in _TOLD):
        return None
    lines = [str(excinfo.value).rstrip()]
    lines += [
        f"{os.path.relpath(file)}:{entry.lineno + 1}"
        for entry in excinfo.traceback
        if entry.path == file
    ][-1:]
    return "\n\n".join(lines)
