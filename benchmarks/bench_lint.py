"""How long `jurat lint` takes over a bundle of a thousand rules, cold and warm; and how long after
a key an editor is told what it changed.

Cold is a new process, as in CI: imports, plugins, reading, every lint rule, the bundle's own tests.
The ratio is to parsing the same YAML with PyYAML's C loader in the same process, which is the floor
of anything that reads the bundle.

The editor is a client of the Language Server Protocol at `jurat lsp`, a child process: from the
notice that the text is another one, by which a rule of the thousand gets a misspelt word, until the
diagnostics that tell it are there. Of that the server waits 10 ms for more keys.
"""

import argparse
import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import yaml

from jurat.authoring.lint import Again, Settings, look
from jurat.plugin import load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
BUDGET = 2.0  # seconds, cold
AGAIN = 0.1  # seconds, after a change in an editor

PERMIT = """\
- id: callers
  title: Callers that are known
  kind: expression
  effect: permit
  severity: info
  when: has(request.actor.id)
"""
RULES = (
    """\
- id: stored-{n}
  title: Answers of project {n} are not stored
  kind: expression
  effect: deny
  severity: low
  when: request.project.id == "proj-{n}" && request.params.store == true
  controls: [GDPR:32]
  remediation: Set store to false.
""",
    """\
- id: models-{n}
  title: Project {n} calls reviewed models
  kind: model.allowlist
  effect: deny
  severity: high
  when: request.project.id == "proj-{n}"
  params: {{models: [gpt-4.1, gpt-4.1-mini]}}
  controls: [SOC2:CC8.1]
  remediation: Call a reviewed model.
""",
    """\
- id: networks-{n}
  title: Project {n} is called from its networks
  kind: network.allowlist
  effect: deny
  severity: high
  when: request.project.id == "proj-{n}" && request.actor.kind == "service_account"
  params: {{networks: [10.{a}.{b}.0/24]}}
  controls: [SOC2:CC6.6]
  remediation: Call from there.
""",
)
CASE = """\
- name: project {n} calls a model that nobody reviewed
  now: 2026-05-25T12:00:00Z
  given: {{model: gpt-4o, project: {{id: proj-{n}}}, actor: {{id: a}}, params: {{store: true}}}}
  expect: {{effect: deny}}
"""


def bundle(rules: int, cases: int) -> dict[str, str]:
    """The files of a bundle with so many rules and tests."""
    made = [RULES[n % 3].format(n=n, a=n // 250, b=n % 250) for n in range(rules)]
    return {
        "bundle.yaml": "name: large\nversion: 1.0.0\nrevision: 1\nowner: platform\n",
        "rules/large.yaml": PERMIT + "".join(made),
        "tests/large.yaml": "".join(CASE.format(n=n) for n in range(cases)),
    }


def cpu(function: Callable[[], object], runs: int) -> float:
    """The median processor time of the processes that a function runs, in seconds."""
    took = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        function()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(took)


def timed(function: Callable[[], object], runs: int) -> float:
    """The median of some runs, in seconds."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def edits(files: dict[str, str], runs: int) -> list[tuple[str, str]]:
    """Texts of the rules' file, each with another rule misspelt, and what that is called."""
    text = files["rules/large.yaml"]
    many = text.count("- id: models-")
    made = []
    for number in range(runs):
        name = f"models-{3 * (number * 37 % many) + 1}\n"
        at = text.index("kind:", text.index(f"- id: {name}"))
        made.append((text[:at] + "kidn:" + text[at + 5 :], name.strip()))
    return made


async def told(folder: Path, texts: list[str]) -> list[float]:
    """How long an editor waits after each text until it is told a mistake in it, in seconds."""
    from lsprotocol import types
    from pygls.lsp.client import LanguageClient

    client = LanguageClient("benchmark", "1")
    news = asyncio.Queue[list[types.Diagnostic]]()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # of pygls
    def published(params: types.PublishDiagnosticsParams) -> None:
        if params.uri.endswith("large.yaml") and "/rules/" in params.uri:
            news.put_nowait(list(params.diagnostics))

    async def until(mistaken: bool) -> None:
        while any(one.code == "JB020" for one in await news.get()) != mistaken:
            pass

    await client.start_io(sys.executable, "-c", "from jurat.cli import main; main()", "lsp")
    await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
    path = folder / "rules" / "large.yaml"
    good = path.read_text("utf-8")
    document = types.TextDocumentItem(path.as_uri(), "yaml", 1, good)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    await news.get()
    took = []
    for number, text in enumerate(texts):
        for typed in (text, good):
            which = types.VersionedTextDocumentIdentifier(2 + number, path.as_uri())
            whole = types.TextDocumentContentChangeWholeDocument(typed)
            start = time.perf_counter()
            client.text_document_did_change(types.DidChangeTextDocumentParams(which, [whole]))
            await until(typed is text)
            took.append(time.perf_counter() - start)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]  # of pygls
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    files = bundle(given.rules, given.cases)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        jurat = [sys.executable, "-c", "from jurat.cli import main; main()"]
        command = [*jurat, "lint", folder, "--statistics"]
        cold = timed(lambda: subprocess.run(command, capture_output=True, check=False), given.runs)
        busy = cpu(lambda: subprocess.run(command, capture_output=True, check=False), given.runs)
        changed = edits(files, 4 * given.runs)
        waits = sorted(asyncio.run(told(Path(folder), [text for text, _ in changed])))
    bare = [sys.executable, "-c", "from jurat.cli import main; main()", "--version"]
    start = timed(lambda: subprocess.run(bare, capture_output=True, check=False), given.runs)
    registry = load_plugins()
    floor = timed(
        lambda: [yaml.load(text, yaml.CSafeLoader) for text in files.values()], given.runs
    )
    first = look(files, registry, Settings(), now=NOW)
    again = Again(first, registry, Settings(), now=NOW)
    each = iter({**first.files, "rules/large.yaml": text.encode()} for text, _ in changed)
    quick = timed(lambda: again.look(first, next(each)), len(changed))
    warm = timed(lambda: look(files, registry, Settings(), now=NOW), given.runs)
    print(
        f"{given.rules} rules, {given.cases} tests, {sum(map(len, files.values())):,} characters"
    )
    print(
        f"  jurat lint, cold       {cold:6.2f} s   (budget {BUDGET:g} s; {busy:.2f} s of processor)"
    )
    print(f"  jurat --version        {start:6.2f} s")
    print(f"  lint, warm             {warm:6.2f} s   {warm / floor:.1f} times plain YAML parsing")
    print(
        f"  lint, a change         {quick:6.3f} s   {quick / floor:.2f} times plain YAML parsing"
    )
    middle, worst = waits[len(waits) // 2], waits[-1]
    print(
        f"  told in an editor      {middle:6.3f} s   {middle / floor:.2f} times plain YAML parsing;"
        f" at worst {worst:.3f} (budget {AGAIN:g} s)"
    )
    print(f"  plain YAML parsing     {floor:6.2f} s")


if __name__ == "__main__":
    main()
