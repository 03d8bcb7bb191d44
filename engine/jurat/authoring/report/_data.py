"""The report on controls as data: what every output format shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from jurat.bundle import Bundle, Catalogue, Rule, Waiver
from jurat.plugin import Mode

from .._trials import Trials

Support = Literal["enforced", "reported", "recorded", "none"]
"""What a rule does for a control, the strongest first: decides; is told (effect advise or mode
warn); is only recorded (mode shadow), which supports nothing yet."""
SUPPORT: tuple[Support, ...] = ("enforced", "reported", "recorded", "none")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule, as far as it matters to controls."""

    rule: Rule
    mode: Mode
    """The weaker of the rule's and the bundle's."""
    support: Support
    trials: Trials
    waivers: tuple[Waiver, ...]
    """Those in force at the time of the report."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(judged.input for judged in self.rule.judges))

    @property
    def snapshots_only(self) -> bool:
        """It finds what a snapshot shows when one is judged, and stops no request."""
        return self.inputs == ("org_state",)

    @property
    def marks(self) -> tuple[str, ...]:
        """What takes something from the rule's weight, in words."""
        marks = []
        if self.mode == "shadow":
            marks.append("shadow: supports nothing yet")
        elif self.mode == "warn":
            marks.append("warn: told, does not decide")
        elif self.rule.effect == "advise":
            marks.append("advice: told, does not decide")
        if self.snapshots_only:
            marks.append("snapshots only: finds, and stops no request")
        if self.rule.on_error == "ignore":
            marks.append("a missing fact lets through (on_error: ignore)")
        if not self.trials.fires:
            marks.append("no test makes it fire")
        marks += [f"waived in part until {waiver.expires:%Y-%m-%d}" for waiver in self.waivers]
        return tuple(marks)


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One control, with the rules that name it."""

    id: str
    text: str
    support: Support
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameworkPart:
    """The controls of one framework, in its own order."""

    catalogue: Catalogue
    controls: tuple[ControlLine, ...]

    def count(self, support: Support) -> int:
        return sum(line.support == support for line in self.controls)


@dataclass(frozen=True, slots=True)
class ControlReport:
    """What `jurat report controls` says."""

    bundle: Bundle
    now: datetime
    frameworks: tuple[FrameworkPart, ...]
    rules: Mapping[str, RuleLine]
    """All rules of the bundle, by id."""
    unnamed: tuple[str, ...]
    """The rules that name no control."""
    unknown: Mapping[str, tuple[str, ...]]
    """Ids that no catalogue has, with the rules that name them."""
    left_out: tuple[str, ...]
    """The frameworks that there are catalogues of, and that this report is not about."""
    duties: tuple[str, ...]
    """What a person must still do."""
