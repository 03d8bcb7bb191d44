"""What came of holding a bundle to its laws: for a terminal, for programs, for CI."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ._tests import _clean, _quoted

if TYPE_CHECKING:
    from jurat.testing._laws._apart import Held, Loaded, Lost


@dataclass(frozen=True, slots=True)
class LawRun:
    """A run of laws over one bundle. `lost` says what ended it, where something did; `left` are
    the laws that were not tried for it."""

    bundle: "Loaded"
    profile: str
    seed: int
    held: "tuple[Held, ...]"
    lost: "Lost | None" = None
    left: tuple[str, ...] = ()

    @property
    def broken(self) -> int:
        """How many laws do not hold."""
        return sum(1 for one in self.held if one.broken)


def laws_as(output: str, run: LawRun) -> str:
    """The run as text, json or junit; it ends with a line feed."""
    return _FORMATS[output](run)


def lost_in_words(lost: "Lost") -> str:
    """What ended a run: `rule x, held to law total: it called sys.exit`."""
    whose = f"rule {lost.rule}" if lost.rule else "the bundle, or a plugin of it"
    when = f"held to law {lost.law}" if lost.law else "while it was loaded"
    return f"{whose}, {when}: {lost.why}"


# -- text


def _text(run: LawRun) -> str:
    return "".join(f"{line}\n" for line in _lines(run))


def _lines(run: LawRun) -> Iterator[str]:
    for held in run.held:
        for broken in held.broken:
            yield from broken.text.rstrip("\n").split("\n")
            yield ""
    if run.lost is not None:
        yield f"LOST {lost_in_words(run.lost)}"
        yield ""
    rules = "1 rule" if run.bundle.rules == 1 else f"{run.bundle.rules} rules"
    holding = len(run.held) - run.broken
    told = ["1 law holds" if holding == 1 else f"{holding} laws hold"]
    if run.broken:
        told.append(f"{run.broken} broken")
    if run.lost is not None:
        told.append(f"1 lost, {len(run.left)} not tried")
    took = sum(held.seconds for held in run.held)
    how = f"{took:.1f} s, profile {run.profile}, seed {run.seed}"
    yield f"{run.bundle.name}, {rules}: {', '.join(told)} ({how})"


# -- JSON


def _json(run: LawRun) -> str:
    made: dict[str, Any] = {
        "report": "laws",
        "bundle": run.bundle.name,
        "version": run.bundle.version,
        "rules": run.bundle.rules,
        "profile": run.profile,
        "seed": run.seed,
        "laws": [
            {
                "law": held.law,
                "words": held.words,
                "status": "broken" if held.broken else "held",
                "seconds": round(held.seconds, 3),
                "broken": [
                    {key: value for key, value in asdict(one).items() if value and key != "text"}
                    for one in held.broken
                ],
            }
            for held in run.held
        ],
    }
    if run.lost is not None:
        made["lost"] = asdict(run.lost)
        made["not_tried"] = list(run.left)
    return json.dumps(made, indent=2) + "\n"


# -- JUnit


def _junit(run: LawRun) -> str:
    lost = int(run.lost is not None)
    tests = len(run.held) + lost + len(run.left)
    counts = f'tests="{tests}" failures="{run.broken}" errors="{lost}" skipped="{len(run.left)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites><testsuite name={_quoted(run.bundle.name)} {counts}>",
    ]
    for held in run.held:
        head = f'{_case(run, held.law)} time="{held.seconds:.3f}"'
        if not held.broken:
            lines.append(f"{head}/>")
            continue
        rules = ", ".join(one.rule or "the bundle" for one in held.broken)
        text = "\n\n".join(one.text for one in held.broken)
        message = _quoted(f"broken by {rules}")
        lines.append(f"{head}><failure message={message}>{_clean(text)}</failure></testcase>")
    if run.lost is not None:
        head = _case(run, run.lost.law or "loading")
        lines.append(f"{head}><error message={_quoted(lost_in_words(run.lost))}/></testcase>")
    lines += [f"{_case(run, law)}><skipped/></testcase>" for law in run.left]
    lines.append("</testsuite></testsuites>")
    return "\n".join(lines) + "\n"


def _case(run: LawRun, law: str) -> str:
    return f"<testcase classname={_quoted(f'{run.bundle.name} laws')} name={_quoted(law)}"


_FORMATS: Mapping[str, Callable[[LawRun], str]] = MappingProxyType(
    {"text": _text, "json": _json, "junit": _junit}
)
LAW_FORMATS: Sequence[str] = tuple(_FORMATS)
