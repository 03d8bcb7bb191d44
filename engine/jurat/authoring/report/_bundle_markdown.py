"""The report on a bundle as Markdown (GitHub's, for its tables): the page that documents it."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from jurat.authoring.explain import plain_json
from jurat.bundle import Rule

from ._bundle import BundleReport, Fact
from ._markdown import escaped, raw_table, table

JUDGED: Mapping[str, str] = {
    "request": "requests",
    "response": "answers",
    "org_state": "snapshots of the organisation",
}
_SAMPLE = 3  # ids of a table that are shown


def bundle_as_markdown(report: BundleReport) -> str:
    """The whole page. It ends with a line feed."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: BundleReport) -> Iterator[str]:
    bundle = report.bundle
    yield f"# {escaped(bundle.name)}"
    yield ""
    if bundle.description:
        yield escaped(bundle.description)
        yield ""
    told = [
        f"{len(bundle.rules)} rules",
        f"{len(bundle.tests)} tests",
        f"version {escaped(bundle.version)}, revision {bundle.revision}",
    ]
    if bundle.owner:
        told.append(f"owner {escaped(bundle.owner)}")
    yield f"{'; '.join(told)}. It judges {_and(JUDGED[kind] for kind in report.inputs)}."
    yield from _section("What it demands", _demands(report))
    yield from _section("Alone, and beside another bundle", _beside(report))
    yield from _section("How to adopt it", _adopt(report))
    yield from _section("Tables to edit", _tables(report))
    yield from _section("Parameters", _parameters(report))
    yield from _section("What a gateway says and does", _needs(report))
    yield from _section("Controls that it supports", _controls(report))
    yield from _section("Rule by rule", _details(report))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _demands(report: BundleReport) -> Iterator[str]:
    head = ("rule", "what it demands", "effect", "severity", "judges", "when", "controls")
    rows = []
    for file in report.files:
        for rule in file.rules:
            rows.append(
                (
                    f"[{escaped(rule.id)}](#{rule.id})",
                    escaped(rule.title),
                    rule.effect,
                    rule.severity,
                    _and(JUDGED[kind].split()[0] for kind in _inputs(rule)),
                    _code(rule.when) if rule.when else "always",
                    escaped(", ".join(rule.controls)),
                )
            )
    yield from raw_table(head, rows)


def _beside(report: BundleReport) -> Iterator[str]:
    name, permits = report.bundle.name, report.permits
    if "request" in report.inputs and permits:
        needed = "its permit" if len(permits) == 1 else "one of its permits"
        yield f"Alone, it allows a request that has {needed}, and that no rule denies:"
        yield ""
        yield from (f"- {escaped(rule.id)}: {escaped(rule.title)}" for rule in permits)
        yield ""
        yield (
            "Beside another bundle every bundle must allow, so this one can only narrow what the "
            "other lets in. Obligations are united. Each reads its own tables, and not those of "
            "the other."
        )
    elif "request" in report.inputs:
        yield (
            "It has no permit: alone it denies every request, and beside a bundle that has one it "
            "can only narrow what that one lets in."
        )
    yield ""
    yield "```python"
    yield f'engine = jurat.Engine.load("{name}")'
    beside = "openai-enterprise" if name != "openai-enterprise" else "secrets-hygiene"
    yield f'engine = jurat.Engine.load(["{beside}", "{name}"])'
    yield "```"


def _adopt(report: BundleReport) -> Iterator[str]:
    name = report.bundle.name
    yield "```console"
    yield f"$ jurat init acme --template {name} > files.txt"
    yield "$ jurat test acme"
    yield "```"
    yield ""
    steps = [
        "Name it in bundle.yaml, and set `mode: shadow`: everything is recorded, nothing is stopped."
    ]
    if report.tables:
        files = _and(f"`{file.path}`" for file in report.tables)
        steps.append(f"Put your own rows into {files}, and your ids into the tests.")
    if report.bundle.parameters:
        steps.append(f"Set {_and(f'`{one}`' for one in report.bundle.parameters)} in bundle.yaml.")
    steps.append("Read the log of a week (`jurat log query`), then take `mode: shadow` out.")
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))


def _tables(report: BundleReport) -> Iterator[str]:
    if not report.tables:
        return
    yield "The rows are an example organisation's."
    yield ""
    rows = []
    for file in report.tables:
        some = ", ".join(file.ids[:_SAMPLE])
        more = f" and {len(file.ids) - _SAMPLE} more" if len(file.ids) > _SAMPLE else ""
        rows.append(
            (
                f"`{file.path}`",
                escaped(file.about),
                ", ".join(f"`{column}`" for column in file.columns),
                escaped(some + more) or "none",
            )
        )
    yield from raw_table(("file", "what it holds", "columns in use", "rows"), rows)


def _parameters(report: BundleReport) -> Iterator[str]:
    parameters = report.bundle.parameters
    if parameters:
        rows = [
            (f"`{name}`", escaped(one.description), _code(plain_json(one.value)))
            for name, one in parameters.items()
        ]
        yield from raw_table(("in bundle.yaml", "what for", "value"), rows)


def _needs(report: BundleReport) -> Iterator[str]:
    bundle = report.bundle
    for kind in report.inputs:
        types = report.supports.get(kind)
        if types:
            yield (
                f"An allowed {'request' if kind == 'request' else 'answer'} may come with "
                f"obligations: {', '.join(types)}. Pass those that the gateway performs as "
                "`supports`; one that it does not perform makes the answer deny."
            )
            yield ""
    yield "What is not sent is unknown, and unknown denies. Null says that there is none."
    for kind in report.inputs:
        sent = [fact for fact in report.facts[kind] if fact.joined is None]
        yield from ("", f"Of {JUDGED[kind]}:", "")
        yield from table(("fact", "needed by"), map(_fact, sent))
        joined = [fact for fact in report.facts[kind] if fact.joined is not None]
        if joined:
            yield ""
            yield (
                "The tables answer for " + ", ".join(f"`{fact.pointer}`" for fact in joined) + "."
            )
    if bundle.assume:
        values = _and(f"`{at}`: `{plain_json(value)}`" for at, value in bundle.assume.items())
        yield ""
        yield f"Where nobody says it, bundle.yaml assumes {values}; each decision lists what was."


def _fact(fact: Fact) -> tuple[str, str]:
    return ("its text" if fact.pointer == "text" else fact.pointer, ", ".join(fact.rules))


def _controls(report: BundleReport) -> Iterator[str]:
    for framework, controls in report.controls.items():
        catalogue = report.catalogues.get(framework)
        if catalogue is not None:
            yield escaped(f"{catalogue.framework}: {catalogue.title}.")
            yield ""
        texts = {} if catalogue is None else catalogue.controls
        rows = [
            (id_, texts.get(id_, "(in no catalogue)"), ", ".join(rules))
            for id_, rules in controls.items()
        ]
        yield from table(("control", "in our words", "rules"), rows)
        yield ""
    if report.controls:
        yield (
            f"`jurat report controls {report.bundle.name}` says which controls no rule supports, "
            "and what a person must still do."
        )


def _details(report: BundleReport) -> Iterator[str]:
    first = True
    for file in report.files:
        if not first:
            yield ""
        first = False
        yield f"`{file.path}`" + (f": {escaped(file.about)}" if file.about else "")
        for rule in file.rules:
            yield from _detail(rule, report)


def _detail(rule: Rule, report: BundleReport) -> Iterator[str]:
    yield from ("", f"### {escaped(rule.id)}", "", f"{escaped(rule.title.rstrip('.'))}.")
    if rule.description:
        yield from ("", escaped(rule.description))
    settings = [f"kind {rule.kind}", f"effect {rule.effect}", f"severity {rule.severity}"]
    if rule.mode != "enforce":
        settings.append(f"mode {rule.mode}")
    if rule.on_error == "ignore":
        settings.append("a missing fact lets through")
    if not rule.waivable and rule.effect != "permit":
        settings.append("no waiver can lift it")
    if rule.owner:
        settings.append(f"owner {rule.owner}")
    tried = report.trials[rule.id]
    settings.append(
        f"tests: fires in {len(tried.fires)}, rests in {len(tried.rests)}, "
        f"lacks a fact in {len(tried.lacks)}"
    )
    yield from ("", escaped(f"{'; '.join(settings)}."))
    if rule.when:
        yield from ("", "```cel", *textwrap.dedent(rule.when).strip().splitlines(), "```")
    params = rule.params.model_dump(exclude_unset=True, by_alias=True)
    if params:
        yield ""
        yield from (f"- `{name}`: {_code(plain_json(value))}" for name, value in params.items())
    if rule.remediation:
        yield from ("", f"To mend it: {escaped(rule.remediation)}")


def _inputs(rule: Rule) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.input for one in rule.judges))


def _code(text: str) -> str:
    """A code span on one line. In a cell a `|` ends it even there (GFM 4.10), unless escaped."""
    flat = " ".join(text.split()).replace("|", "\\|")
    fence = "``" if "`" in flat else "`"
    return f"{fence}{flat}{fence}"


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
