"""`jurat laws --liveness`: inputs that show what each rule can do, made and held to."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer
from types import MappingProxyType
from typing import Any

import click

from ._failure import FINDINGS, INTERNAL, OK, Failure, printable
from ._output import write

TRIES: Mapping[str, int] = MappingProxyType({"quick": 2000, "ci": 5000, "nightly": 50_000})
"""By profile, how many inputs are drawn for what neither examples nor tests show."""


LIMIT = 300.0  # seconds


def liveness(
    names: Sequence[str], *, check: bool, tries: int, output: str, limit: float = LIMIT
) -> int:
    """Certify each bundle, and keep the certificate in its directory; or, with `check`, hold the
    bundle to the one that is kept. `tries` is how many inputs are drawn for what neither
    examples nor tests show. `output` is text or json. A bundle for which it takes longer than
    `limit` seconds ends the process, with the name of the rule whose code runs. The exit code.
    """
    from jurat.engine import compile_bundles, plan_of, versions_of
    from jurat.plugin import load_plugins
    from jurat.testing._laws._watch import Watch
    from jurat.testing._liveness import certify, kept_certificate

    registry = load_plugins()
    told: list[dict[str, Any]] = []
    code = OK
    for name in names:
        (bundle,), _ = compile_bundles(name, registry, versions_of(registry))
        watch = Watch()
        plan = plan_of(watch.over(bundle), registry, versions_of(registry))
        late = Timer(limit, _give_up, (name, watch, limit))
        late.daemon = True
        try:
            before = kept_certificate(plan.bundle)
        except ValueError as error:
            if check:
                raise Failure(f"{printable(name)}: {error}", FINDINGS) from None
            before = None
        late.start()
        try:
            if check:
                one = _checked(name, plan, registry, tries, before)
                code = FINDINGS if one["changes"] or before is None else code
            else:
                one = _certified(name, plan, certify(plan, registry, tries=tries))
        finally:
            late.cancel()
        told.append(one)
        if output == "text":
            for line in one.pop("lines"):
                click.echo(printable(line))
    if output == "json":
        for one in told:
            del one["lines"]
        click.echo(json.dumps({"report": "liveness", "bundles": told}, indent=2))
    return code


def _give_up(name: str, watch: Any, limit: float) -> None:
    """End the process: whatever code of a plugin hangs in it can't be ended otherwise."""
    whose = f"; the code of rule {watch.running} ran last" if watch.running else ""
    message = f"Error: {printable(name)}: it did not end within {limit:g} s{printable(whose)}"
    click.echo(message, err=True)
    os._exit(INTERNAL)


def _certified(name: str, plan: Any, certificate: Any) -> dict[str, Any]:
    from jurat.testing._liveness import FILE

    lines = []
    lacking: dict[str, list[str]] = {}
    for rule, what, tries in certificate.not_found:
        lacking.setdefault(rule, []).append(what)
        lines.append(f"  {rule}: {_SAID[what]}: not found in {tries:,} tries")
    live = len(certificate.rules) - len(lacking)
    path = Path(name) / FILE if Path(name).is_dir() else None
    if path is not None:
        write(path, certificate.to_bytes())
        click.echo(f"wrote {printable(str(path))}", err=True)
    else:
        click.echo(f"{printable(name)} is no directory, so nothing is kept", err=True)
    return {
        "bundle": plan.bundle.name,
        "rules": len(certificate.rules),
        "not_found": [
            {"rule": rule, "what": what, "tries": tries}
            for rule, what, tries in certificate.not_found
        ],
        "file": None if path is None else str(path),
        "lines": [
            f"{plan.bundle.name}: {live} of {len(certificate.rules)} rules seen to do all they can",
            *lines,
        ],
    }


_SAID = {"fires": "fires", "passes": "does not fire", "decides": "alone decides"}


def _checked(name: str, plan: Any, registry: Any, tries: int, before: Any) -> dict[str, Any]:
    from jurat.testing._liveness import FILE, liveness_changes, told

    if before is None:
        changes, lines = [], [f"{plan.bundle.name}: no certificate is kept"]
    else:
        changes = list(liveness_changes(plan, registry, tries=tries))
        dead = len({change.rule for change in changes if change.dead})
        whole = f"{plan.bundle.name}: "
        if dead:
            whole += f"{dead} rule{'s' * (dead != 1)} dead"
        else:
            whole += "the certificate is out of date" if changes else "as live as certified"
        lines = [whole, *(f"  {told(change)}" for change in changes)]
    if changes or before is None:
        where = name if Path(name).is_dir() else "the bundle's directory"
        click.echo(
            f"if that is meant, run `jurat laws --liveness {printable(where)}` and keep {FILE}",
            err=True,
        )
    return {
        "bundle": plan.bundle.name,
        "certified": before is not None,
        "changes": [
            {
                "rule": change.rule,
                "what": change.what or ("gone" if change.gone else "new"),
                "dead": change.dead,
                **({"tries": change.tries} if change.dead else {}),
            }
            for change in changes
        ],
        "lines": lines,
    }
