"""A plugin: a package of its own with a rule kind, its tests and its documentation."""

from pathlib import Path
from string import Template

_HERE = Path(__file__).parent / "kind"
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "{module}/__init__.py": "init.py.txt",
    "{module}/py.typed": "",
    "tests/test_{module}.py": "test.py.txt",
}


def kind_files(name: str) -> dict[str, str]:
    """The files of a package with the kind `name` (`vendor.kind`), by path.

    It passes ruff, mypy --strict and its own tests as it stands.
    """
    module = name.replace(".", "_").replace("-", "_")
    words = {
        "kind": name,
        "module": module,
        "vendor": name.partition(".")[0],
        "rule": name.partition(".")[2].replace("_", "-"),
        "project": "jurat-" + name.replace(".", "-").replace("_", "-"),
        "cls": "".join(part.capitalize() for part in name.partition(".")[2].split("_")),
    }
    return {
        path.format(module=module): (
            Template((_HERE / template).read_text("utf-8")).substitute(words) if template else ""
        )
        for path, template in _FILES.items()
    }
