"""A broken plugin is named and the others go on; no name is taken twice; pins decide what loads."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, EntryPoint
from itertools import permutations
from pathlib import Path
from textwrap import dedent

import pytest

from jurat.plugin import BrokenPlugin, Registry, load_plugins

SECRET = "sk-not-for-anybody-4711"
HEAD = """
import os
from datetime import timedelta
from jurat.model import Request
from jurat.plugin import Detector, RuleKind, hookimpl
"""
KIND = """
class Kind(RuleKind):
    '''Documented.'''
    name = "{name}"
    judges = Request
    effects = {{"deny"}}
    def compile(self, rule, context):
        return lambda target, facts, now: ()
@hookimpl
def jurat_rule_kinds():
    return [Kind]
"""
DETECTOR = """
@hookimpl
def jurat_detectors():
    return [Detector("{name}", "ACME_ID", ("acme-[0-9]+",))]
"""
SOURCE = """
class Source:
    name = "{name}"
    provides = ("/actor/{leaf}",)
    deadline = timedelta(seconds=1)
    def collect(self, request, now):
        return {{}}
@hookimpl
def jurat_fact_sources():
    return [Source()]
"""
STORE = """
class Store:
    name = "{name}"
    deadline = {deadline}
    def reserve(self, uses, now): ...
    def give_back(self, reserved): ...
    def correct(self, reserved, actual): ...
@hookimpl
def jurat_limit_stores():
    return [Store()]
"""

Install = Callable[..., EntryPoint]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a plugin of one module, as a distribution `dist-NAME`; gives its entry point."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("ACME_TOKEN", SECRET)
    modules: list[str] = []

    def plugin(name: str, source: str, *, dist: str = "", version: str = "1.2.3") -> EntryPoint:
        dist = dist or f"dist-{name}"
        module = f"plug_{dist.replace('-', '_')}"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(HEAD + dedent(source))
        info = tmp_path / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(f"[jurat]\n{name} = {module}\n")
        (point,) = Distribution.at(info).entry_points
        return point

    yield plugin
    for module in modules:
        sys.modules.pop(module, None)


def load(*points: EntryPoint, pins: str | None = None) -> Registry:
    environ = {"ACME_TOKEN": SECRET} | ({} if pins is None else {"JURAT_PLUGINS": pins})
    return load_plugins(entry_points=points, environ=environ)


def names(registry: Registry) -> list[str]:
    return [plugin.name for plugin in registry.plugins]


def text(broken: BrokenPlugin) -> str:
    return f"{broken.error} {broken.hint}"


BROKEN = {
    "no module": ("import no_such_module_here", "ModuleNotFoundError", "no_such_module_here"),
    "syntax": ("def (", "SyntaxError", "line 6"),
    "raises": ("\nraise ValueError(os.environ['ACME_TOKEN'])", "ValueError", "line 7"),
    "exits": ("raise SystemExit(os.environ['ACME_TOKEN'])", "SystemExit", "importing it"),
    "base exception": (
        "class Odd(BaseException): ...\nraise Odd(os.environ['ACME_TOKEN'])",
        "Odd",
        "importing it",
    ),
    "no hook": ("x = 1", "has no hook", "@hookimpl"),
    "unknown hook": (
        "@hookimpl\ndef jurat_rule_kind():\n    return []",
        "no hook jurat_rule_kind",
        "did you mean jurat_rule_kinds?",
    ),
    "hook raises": (
        "@hookimpl\ndef jurat_rule_kinds():\n    raise KeyError(os.environ['ACME_TOKEN'])",
        "KeyError",
        "calling jurat_rule_kinds",
    ),
    "hook raises while read": (
        "@hookimpl\ndef jurat_detectors():\n    yield from [1 / 0]",
        "ZeroDivisionError",
        "calling jurat_detectors",
    ),
    "nothing": ("@hookimpl\ndef jurat_rule_kinds(): ...", "gave nothing back", "return a list"),
    "a string": (
        "@hookimpl\ndef jurat_detectors():\n    return os.environ['ACME_TOKEN']",
        "gave a str",
        "return a list",
    ),
    "no kind": (
        "@hookimpl\ndef jurat_rule_kinds():\n    return [os.environ['ACME_TOKEN']]",
        "gave a str",
        "subclasses of RuleKind",
    ),
    "no detector": ("@hookimpl\ndef jurat_detectors():\n    return [7]", "gave a int", "Detector"),
    "no source": (
        "@hookimpl\ndef jurat_fact_sources():\n    return [7]",
        "gave a int",
        "name, provides, deadline and collect",
    ),
    "no store": (
        "@hookimpl\ndef jurat_limit_stores():\n    return [7]",
        "gave a int",
        "name, deadline, reserve, give_back and correct",
    ),
    "a store's deadline": (
        STORE.format(name="valkey", deadline="5"),
        "limit store valkey",
        "`deadline` is None or a timedelta above zero",
    ),
    "counts what is no request": (
        """
from jurat.model import Response
class Kind(RuleKind):
    "Documented."
    name = "acme.answers"
    judges = Response
    effects = {"deny"}
    def compile(self, rule, context):
        return lambda target, facts, now: ()
    def counters(self, rule, context):
        return None
@hookimpl
def jurat_rule_kinds():
    return [Kind]
""",
        "kind acme.answers",
        "`judges` is Request alone",
    ),
    "property raises": (
        """
class Source:
    name = "s"
    provides = ("/actor/groups",)
    def collect(self, request, now): ...
    @property
    def deadline(self):
        raise RuntimeError(os.environ['ACME_TOKEN'])
@hookimpl
def jurat_fact_sources():
    return [Source()]
""",
        "RuntimeError",
        "looking at what it registers",
    ),
    "kind can't be made": (
        KIND.format(name="bad.kind") + "Kind.__init__ = lambda self: 1 / 0",
        "ZeroDivisionError",
        "making kind bad.kind",
    ),
    "reserved name": (KIND.format(name="model.mine"), "kind model.mine", "use your own name"),
    "one word": (KIND.format(name="mine"), "kind mine", "vendor.kind"),
    "no docstring": (
        KIND.format(name="bad.kind") + "Kind.__doc__ = None",
        "kind bad.kind",
        "docstring",
    ),
    "permit": (
        KIND.format(name="bad.kind") + "Kind.effects = {'permit'}",
        "kind bad.kind",
        "belongs to the kind expression",
    ),
}


@pytest.mark.parametrize(("source", "error", "more"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_is_named_and_the_others_go_on(
    install: Install, source: str, error: str, more: str
) -> None:
    before = install("a", KIND.format(name="a.kind"))
    bad = install("bad", source, version="0.9")
    after = install("z", KIND.format(name="z.kind"))
    registry = load(after, bad, before)
    assert names(registry) == ["a", "z"]
    assert list(registry.kinds) == ["a.kind", "z.kind"]
    assert registry.versions == {"a": "1.2.3", "z": "1.2.3"}
    (broken,) = registry.broken
    assert (broken.name, broken.distribution, broken.version) == ("bad", "dist-bad", "0.9")
    assert error in text(broken)
    assert more in text(broken)
    assert SECRET not in repr(registry)


def test_the_users_interrupt_goes_through(install: Install) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(install("slow", "raise KeyboardInterrupt"))


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (KIND.format(name="acme.k"), KIND.format(name="acme.k"), "kind acme.k"),
        (DETECTOR.format(name="acme-id"), DETECTOR.format(name="acme-id"), "detector acme-id"),
        (
            SOURCE.format(name="ldap", leaf="groups"),
            SOURCE.format(name="ldap", leaf="networks"),
            "fact source ldap",
        ),
        (
            STORE.format(name="valkey", deadline=None),
            STORE.format(name="valkey", deadline="timedelta(seconds=1)"),
            "limit store valkey",
        ),
    ],
    ids=["kind", "detector", "source", "store"],
)
def test_a_name_is_taken_once(install: Install, first: str, second: str, taken: str) -> None:
    one, two = install("one", first), install("two", second)
    for order in permutations([one, two]):
        registry = load(*order)
        assert names(registry) == ["one"]
        (broken,) = registry.broken
        assert broken.name == "two"
        assert broken.error == f"{taken}: the name is taken by plugin one"
        assert "JURAT_PLUGINS" in broken.hint
        (pinned,) = load(*order, pins="two").plugins  # the hint's own advice
        assert pinned.name == "two"


def test_a_name_taken_twice_by_one_plugin(install: Install) -> None:
    source = KIND.format(name="acme.k").replace("[Kind]", "[Kind, Kind]")
    (broken,) = load(install("acme", source)).broken
    assert "kind acme.k is registered twice" in broken.error


def test_one_fact_comes_from_one_source(install: Install) -> None:
    one = install("one", SOURCE.format(name="ldap", leaf="groups"))
    two = install("two", SOURCE.format(name="hr", leaf="groups"))
    (broken,) = load(two, one).broken
    assert broken.error == "fact source hr: /actor/groups comes from fact source ldap"


def test_one_entry_point_name_for_two_distributions(install: Install) -> None:
    one = install("acme", KIND.format(name="acme.k"), dist="aaa")
    two = install("acme", KIND.format(name="acme.other"), dist="bbb")
    registry = load(two, one)
    assert list(registry.kinds) == ["acme.k"]
    (broken,) = registry.broken
    assert (broken.distribution, broken.error) == ("bbb", "the plugin name acme is taken by aaa")


def test_jurats_own_come_first(install: Install) -> None:
    own = install("zzz", KIND.format(name="acme.k"), dist="jurat")
    other = install("aaa", KIND.format(name="acme.k"))
    assert names(load(other, own)) == ["zzz"]


def test_a_plugin_of_a_damaged_installation(install: Install, tmp_path: Path) -> None:
    install("acme", KIND.format(name="acme.k"))
    info = tmp_path / "dist_acme-1.2.3.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\n")
    (point,) = Distribution.at(info).entry_points
    assert names(load(point)) == ["acme"]


def test_pins(install: Install) -> None:
    points = [install(n, KIND.format(name=f"{n}.k")) for n in ("acme", "other")]
    assert names(load(*points)) == ["acme", "other"]
    registry = load(*points, pins=" acme ,")
    assert names(registry) == ["acme"]
    assert registry.left_out == ("other",)
    assert load(*points, pins="").plugins == ()
    (broken,) = load(*points, pins="acme,othr").broken
    assert broken.name == "othr"
    assert broken.error == "JURAT_PLUGINS names othr, which is not installed"
    assert broken.hint == "did you mean other?"
    (broken,) = load(*points, pins="qqqqq").broken
    assert "install it" in broken.hint


def test_what_is_not_pinned_is_not_imported(install: Install) -> None:
    point = install("other", KIND.format(name="other.k"))
    assert load(point, pins="acme").left_out == ("other",)
    assert "plug_dist_other" not in sys.modules


def test_the_order_of_installation_decides_nothing(install: Install) -> None:
    points = [
        install("c", KIND.format(name="acme.k")),
        install("b", KIND.format(name="b.k") + DETECTOR.format(name="b-id")),
        install("a", KIND.format(name="acme.k") + DETECTOR.format(name="a-id")),
        install("d", "1 / 0"),
    ]
    seen = set()
    for order in permutations(points):
        registry = load(*order)
        ids = tuple(detector.id for detector in registry.detectors)
        seen.add((tuple(registry.kinds), ids, registry.plugins, registry.broken))
    assert len(seen) == 1
    ((kinds, ids, _, _),) = seen
    assert kinds == ("acme.k", "b.k")
    assert ids == ("a-id", "b-id")


def test_the_order_in_which_a_plugin_gives_its_own_decides_nothing(install: Install) -> None:
    source = """
@hookimpl
def jurat_detectors():
    return [Detector(f"acme-{x}", "ACME_ID", ("x",)) for x in "cab"]
"""
    registry = load(install("acme", source))
    assert [detector.id for detector in registry.detectors] == ["acme-a", "acme-b", "acme-c"]
    assert registry.plugins[0].detectors == ("acme-a", "acme-b", "acme-c")


def test_nothing_in_a_registry_changes(install: Install) -> None:
    registry = load(install("acme", KIND.format(name="acme.k")))
    with pytest.raises(TypeError):
        registry.kinds["x"] = registry.kinds["acme.k"]  # type: ignore[index]  # what is tested


def test_the_built_in_rules_come_by_the_same_door() -> None:
    registry = load_plugins(pins=["rules"])
    (rules,) = registry.plugins
    assert registry.broken == ()
    assert (rules.name, rules.distribution) == ("rules", "jurat")
    assert {"expression", "model.allowlist", "pii.patterns"} <= set(rules.kinds)
    assert registry.versions == {"rules": rules.version}
