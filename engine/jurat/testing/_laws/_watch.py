"""Standing between the engine and the checks of a bundle's rules: to know whose code runs, and to
put something else in its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from jurat.bundle import Bundle
from jurat.plugin import Check, CompileContext, RuleKind, RuleSpec, Uses

Hook = Callable[[str, Check, Any, Any, datetime], Any]
"""Called in place of a rule's check: (rule, check, target, facts, now) -> findings."""


class Watch:
    """What is known of the checks of one bench, for as long as it lives."""

    def __init__(self, tell: Callable[[str], None] = lambda rule: None) -> None:
        self.running = ""
        """The rule whose check or compile step is running, or ran last."""
        self._tell = tell
        self._hook: Hook | None = None

    @contextmanager
    def through(self, hook: Hook) -> Iterator[None]:
        """Call `hook` in place of every check, as long as the context is open."""
        before, self._hook = self._hook, hook
        try:
            yield
        finally:
            self._hook = before

    def over(self, bundle: Bundle) -> Bundle:
        """`bundle` with its kinds watched. It decides as before."""
        return replace(
            bundle,
            rules=tuple(
                rule
                if rule.implementation is None
                else replace(rule, implementation=_Watched(rule.implementation, self))
                for rule in bundle.rules
            ),
        )

    def enter(self, rule: str) -> None:
        """Note that code of this rule begins to run."""
        self.running = rule
        self._tell(rule)

    def leave(self) -> None:
        """Note that it has ended."""
        self._tell("")

    def call(self, rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        """A check, or what stands in for it."""
        self.enter(rule)
        try:
            if self._hook is None:
                return check(target, facts, now)
            return self._hook(rule, check, target, facts, now)
        finally:
            self.leave()


class _Watched(RuleKind):
    """A kind whose checks are called by way of a watch."""

    def __init__(self, kind: RuleKind, watch: Watch) -> None:
        self._kind = kind
        self._watch = watch

    @property
    def allowlists(self) -> tuple[str, ...]:  # type: ignore[override]  # an instance has those of the kind that it stands for
        return self._kind.allowlists

    @property
    def optional(self) -> tuple[str, ...]:  # type: ignore[override]  # as above
        return self._kind.optional

    @property
    def ages(self) -> bool:  # type: ignore[override]  # as above
        return self._kind.ages

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        self._watch.enter(rule.id)
        check = self._kind.compile(rule, context)
        self._watch.leave()
        if not callable(check):
            return check
        watch, id_ = self._watch, rule.id

        def watched(target: Any, facts: Any, now: datetime) -> Any:
            return watch.call(id_, check, target, facts, now)

        return watched

    def examples(self, params: Any) -> Any:
        return self._kind.examples(params)

    def reads(self, params: Any) -> tuple[str, ...]:
        return self._kind.reads(params)

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses | None:
        return self._kind.counters(rule, context)

    def entities(self, params: Any) -> frozenset[str] | None:
        return self._kind.entities(params)

    def allowed(self, params: Any) -> frozenset[str]:
        return self._kind.allowed(params)
