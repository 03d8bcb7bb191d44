"""What reading a bundle needs of the installed plugins."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from jurat.plugin import Detector, RuleKind


class Plugin(Protocol):
    """A plugin in use."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


class BrokenPlugin(Protocol):
    """A plugin that could not be loaded."""

    @property
    def name(self) -> str: ...
    @property
    def error(self) -> str: ...


class Registry(Protocol):
    """The rule kinds and detectors at hand, and the plugins that failed to bring theirs."""

    @property
    def kinds(self) -> Mapping[str, RuleKind]: ...
    @property
    def detectors(self) -> Sequence[Detector]: ...
    @property
    def plugins(self) -> Sequence[Plugin]: ...
    @property
    def broken(self) -> Sequence[BrokenPlugin]: ...
