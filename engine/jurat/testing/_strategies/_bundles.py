"""Whole bundles: everything that is drawn loads."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from jurat.bundle import Bundle, read_bundle

from .._judged import installed
from .._options import strategy_of
from ._probe import MANIFEST, files_of
from ._rules import rules as any_rules
from ._rules import waivers

_MODES = ("enforce", "enforce", "enforce", "warn", "shadow")


def bundles(
    *,
    rules: st.SearchStrategy[Mapping[str, Any]] | None = None,
    min_rules: int = 1,
    max_rules: int = 6,
    mode: st.SearchStrategy[str] | str | None = None,
    waived: bool = True,
) -> st.SearchStrategy[Bundle]:
    """Bundles that load, as `Bundle`: `Engine.load` takes them as they are.

    Their rules are drawn from `rules` (by default `rules()`, of any kind) and given ids of their
    own, `r-0` to `r-5`; there are tables of every standard sort with a row or two, and with
    `waived` sometimes a waiver. `.files` has the texts by name. A rule of a strategy of the
    caller's that does not load raises BundleError, which says why.
    """
    drawn = any_rules() if rules is None else rules
    modes = st.sampled_from(_MODES) if mode is None else strategy_of(mode)

    @st.composite
    def parts(draw: st.DrawFn) -> dict[str, Any]:
        listed = draw(st.lists(drawn, min_size=min_rules, max_size=max_rules))
        named = [{**rule, "id": f"r-{number}"} for number, rule in enumerate(listed)]
        ids = [rule["id"] for rule in named if _waivable(rule)]
        made: dict[str, Any] = {"mode": draw(modes), "rules": named, "waivers": []}
        if ids and waived:
            made["waivers"] = draw(st.lists(waivers(rule=st.sampled_from(ids)), max_size=1))
        return made

    def build() -> st.SearchStrategy[Bundle]:
        drawn.validate()  # finds rules that load, which is no part of drawing them
        return st.builds(bundle_of, parts())

    return st.deferred(build)


def bundle_of(parts: Mapping[str, Any]) -> Bundle:
    """The bundle of these rules and waivers, beside the tables. Raises BundleError."""
    manifest = {**MANIFEST, "mode": parts["mode"]}
    return read_bundle(files_of(parts["rules"], parts["waivers"], manifest), installed())


def _waivable(rule: Mapping[str, Any]) -> bool:
    return rule["effect"] != "permit" and rule.get("waivable", True) is True
