"""What a build server does about a bundle: check each change, sign what has landed."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

_HERE = Path(__file__).parent / "ci"
SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "github": ".github/workflows/jurat-{slug}.yaml",
        "gitlab": ".gitlab/jurat-{slug}.yml",
    }
)
"""Build servers, with the file that each reads, from the repository's root."""


def ci_file(system: str, bundle: PurePosixPath, version: str) -> tuple[str, str]:
    """The path of the file for `system` from the repository's root, and its text.

    `bundle` is the bundle's directory from there; in a path with a blank or a quote the commands
    would fall apart, so ValueError is raised for one.
    """
    path = bundle.as_posix()
    if not re.fullmatch(r"[A-Za-z0-9._/+-]+", path) or path.startswith(("/", "-", "../")):
        raise ValueError("the path has characters that a command line can't hold as they are")
    name = bundle.name or "policy"
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "policy"
    words = {
        "bundle": path,
        "name": name,
        "slug": slug,
        "glob": "**" if path == "." else f"{path}/**",
        "version": version,
    }
    if system == "gitlab":
        words["glob"] += "/*"
    text = (_HERE / f"{system}.yaml.txt").read_text("utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return SYSTEMS[system].format(slug=slug), text
