"""What hypothesis calls when it is imported (entry-point group `hypothesis`): makes
`st.from_type(jurat.Request)` work in a test that imports nothing of `jurat.testing`.

The types stand in modules that take a while to import, and most who import hypothesis where jurat
is installed don't need them. So whatever of these modules is not imported yet is waited for.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_MODULES = ("jurat.model", "jurat.plan", "jurat.bundle")


def register() -> None:
    """Register the profiles, and the strategies of types, each when its module is there."""
    from ._profiles import register as register_profiles

    register_profiles()
    waited = []
    for name in _MODULES:
        module = sys.modules.get(name)
        # a module that is being imported right now has no types yet
        if module is None or getattr(module.__spec__, "_initializing", False):
            waited.append(name)
        else:
            _types_of(module)
    if waited:
        sys.meta_path.insert(0, _Waiting(waited))


def _types_of(module: ModuleType) -> None:
    """Register the strategies of the types of a module; what makes one is imported when it is
    asked for."""
    from hypothesis import strategies as st

    if module.__name__ == "jurat.plan":
        st.register_type_strategy(module.Decision, lambda _: _strategies().decisions())
    elif module.__name__ == "jurat.bundle":
        st.register_type_strategy(module.Bundle, lambda _: _strategies().bundles())
    else:
        for name in module.__all__:
            model = getattr(module, name)
            if isinstance(model, type) and issubclass(model, module.Model):
                st.register_type_strategy(model, _of_model)


def _of_model(model: Any) -> Any:
    """The strategy of a model: that of its name, else the general one."""
    own = {
        "Request": "requests",
        "Response": "responses",
        "OrgState": "org_states",
    }.get(model.__name__)
    strategies = _strategies()
    return getattr(strategies, own)() if own else strategies.resources(model)


def _strategies() -> Any:
    import jurat.testing

    return jurat.testing


class _Waiting(MetaPathFinder):
    """Stands in the way of imports until those that it waits for have come."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = set(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in self._names:
            return None
        self._names.discard(name)
        if not self._names:
            sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _Then(spec.loader, _types_of)
                return spec
        return None


class _Then(Loader):
    """A loader that has something to do once the module is loaded."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader, self._then = loader, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then(module)
