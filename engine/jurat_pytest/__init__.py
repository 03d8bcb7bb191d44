"""The door through which pytest finds jurat: options and markers; the rest is in
`jurat.pytest_plugin`.

pytest imports it in every project that has jurat installed, before coverage is measured. So it
stands beside the package `jurat` and imports nothing of it: what is imported before measuring
begins would look as if no test had reached it.

PYTEST_DONT_REWRITE: there are no assertions here, and pytest would warn where it was imported
before.
"""

from importlib import import_module

import pytest

_BUNDLES = (
    "bundles (directories, relative to the root directory; names of shipped bundles) whose "
    "tests/*.yaml are collected, and that the fixtures jurat_bundle and jurat_engine give"
)
_MARKERS = (
    "jurat_bundle(bundle): the bundle that the fixtures jurat_bundle and jurat_engine give",
    "jurat_laws(bundle=None, *, profile=None): once for each law that a bundle's rules should keep",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the key of the configuration file."""
    parser.addini("jurat_bundle", _BUNDLES, type="args", default=[])
    parser.getgroup("jurat").addoption(
        "--jurat-bundle",
        action="append",
        default=[],
        metavar="BUNDLE",
        help=f"in place of jurat_bundle of the configuration: {_BUNDLES}; may be repeated",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the plugin itself in: by now coverage is measured."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    plugin = import_module("jurat.pytest_plugin")
    plugin.begin(config)
    config.pluginmanager.register(plugin, "jurat.pytest_plugin")
