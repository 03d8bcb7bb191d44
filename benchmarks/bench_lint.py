"""How long `jurat lint` takes over a bundle of a thousand rules, cold and warm.

Cold is a new process, as in CI: imports, plugins, reading, every lint rule, the bundle's own tests.
The ratio is to parsing the same YAML with PyYAML's C loader in the same process, which is the floor
of anything that reads the bundle.
"""

import argparse
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

from jurat.authoring.lint import Settings, look
from jurat.plugin import load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
BUDGET = 2.0  # seconds, cold

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
    bare = [sys.executable, "-c", "from jurat.cli import main; main()", "--version"]
    start = timed(lambda: subprocess.run(bare, capture_output=True, check=False), given.runs)
    registry = load_plugins()
    floor = timed(
        lambda: [yaml.load(text, yaml.CSafeLoader) for text in files.values()], given.runs
    )
    warm = timed(lambda: look(files, registry, Settings(), now=NOW), given.runs)
    print(
        f"{given.rules} rules, {given.cases} tests, {sum(map(len, files.values())):,} characters"
    )
    print(
        f"  jurat lint, cold       {cold:6.2f} s   (budget {BUDGET:g} s; {busy:.2f} s of processor)"
    )
    print(f"  jurat --version        {start:6.2f} s")
    print(f"  lint, warm             {warm:6.2f} s   {warm / floor:.1f} times plain YAML parsing")
    print(f"  plain YAML parsing     {floor:6.2f} s")


if __name__ == "__main__":
    main()
