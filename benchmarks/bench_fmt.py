"""How long `jurat fmt` takes for one megabyte: canonical already, and written by another hand.

The ratio is to composing the same YAML with PyYAML's C parser in the same process, which is the
floor of anything that reads it with its places.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable

import yaml

from jurat.authoring.fmt import formatted
from jurat.bundle.source import SourceFile

BUDGET = 1.0  # seconds for a megabyte
ITEM = """\
# Project {n}, and who may call for it.
- id: models-{n}
  title: Project {n} calls reviewed models
  kind: model.allowlist
  effect: deny
  severity: high
  when: request.project.id == "proj-{n}" && request.params.store == true
  params: {{models: [gpt-4.1, gpt-4.1-mini], roles: {{admin: [o4-mini]}}}}
  owner: platform
  controls: [SOC2:CC8.1]
  remediation: Call a reviewed model.   # or have it reviewed
  description: |
    What nobody looked at should not come in
    by a changed string.

"""


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
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    count = given.size // len(ITEM) + 1
    tidy = "".join(ITEM.format(n=n) for n in range(count)).rstrip("\n") + "\n"
    untidy = tidy.replace("  kind: ", "  kind:   ").replace("  severity: high\n", "")
    untidy = untidy.replace("  owner: platform\n", "  owner: 'platform'\n  severity: high\n")
    assert formatted(SourceFile("rules/r.yaml", tidy)) == tidy
    assert formatted(SourceFile("rules/r.yaml", untidy)) == tidy
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    gc.disable()  # as fmt does for itself: the floor is not to be slowed by it alone
    floor = timed(lambda: yaml.compose(tidy, Loader=loader), given.runs)
    gc.enable()
    print(f"{len(tidy):,} characters, {count} rules")
    for name, text in (("canonical", tidy), ("by another hand", untidy)):
        file = SourceFile("rules/r.yaml", text)
        took = timed(lambda file=file: formatted(file), given.runs)  # type: ignore[misc]  # of a lambda's default
        print(
            f"  fmt, {name:16} {took:5.2f} s   {took / floor:.1f} times composing the YAML "
            f"(budget {BUDGET:g} s)"
        )
    print(f"  composing the YAML    {floor:5.2f} s")


if __name__ == "__main__":
    main()
