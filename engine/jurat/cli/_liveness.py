"""`jurat laws --liveness`: inputs that show what each rule can do, made and held to."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from ._failure import FINDINGS, INTERNAL, NOT_LOADED, OK, Failure, printable
from ._output import write

if TYPE_CHECKING:
    from jurat.testing._liveness_apart import Certified, Checked

TRIES: Mapping[str, int] = MappingProxyType({"quick": 2000, "ci": 5000, "nightly": 50_000})
"""By profile, how many inputs are drawn for what neither examples nor tests show."""


LIMIT = 300.0  # seconds


def liveness(
    name: str, *, check: bool, tries: int, output: str, limit: float, memory: int | None
) -> int:
    """Certify a bundle, and keep the certificate in its directory; or, with `check`, hold the
    bundle to the one that is kept. `tries` is how many inputs are drawn for what neither
    examples nor tests show. `output` is text or json. The rules run in a process of their own,
    which ends after `limit` seconds, or beyond `memory` bytes, with the name of the rule whose
    code ran. The exit code.
    """
    from jurat.testing._laws._apart import Lost, NotLoaded
    from jurat.testing._liveness_apart import Certified, Checked, Task, Unreadable, liveness_apart

    made = liveness_apart(Task(name, check, tries, limit, memory))
    match made:
        case NotLoaded():
            text = "\n".join(map(printable, made.text.split("\n")))
            code = INTERNAL if made.plugin else NOT_LOADED
            raise Failure(f"the bundle can't be loaded\n\n{text}", code)
        case Lost():
            raise Failure(_lost(name, made.law, made.rule, made.why), INTERNAL)
        case Unreadable():
            raise Failure(f"{printable(name)}: {made.text}", FINDINGS)
        case Certified():
            code, lines, one = OK, *_certified(name, made)
        case Checked():
            lines, one = _checked(name, made)
            code = OK if made.changes == () else FINDINGS
    if output == "json":
        click.echo(json.dumps({"report": "liveness", "bundles": [one]}, indent=2))
    else:
        for line in lines:
            click.echo(printable(line))
    return code


def _lost(name: str, law: str, rule: str, why: str) -> str:
    where = "" if law else "while it was loaded: "
    whose = f"; the code of rule {rule} ran last" if rule else ""
    return printable(f"{name}: {where}{why}{whose}")


def _certified(name: str, made: "Certified") -> tuple[list[str], dict[str, Any]]:
    from jurat.testing._liveness import FILE

    lacking = {rule for rule, _, _ in made.not_found}
    path = Path(name) / FILE if Path(name).is_dir() else None
    if path is not None:
        write(path, made.data)
        click.echo(f"wrote {printable(str(path))}", err=True)
    else:
        click.echo(f"{printable(name)} is no directory, so nothing is kept", err=True)
    lines = [
        f"{made.bundle}: {made.rules - len(lacking)} of {made.rules} rules seen to do all they can"
    ]
    lines += [
        f"  {rule}: {_SAID[what]}: not found in {tries:,} tries"
        for rule, what, tries in made.not_found
    ]
    return lines, {
        "bundle": made.bundle,
        "rules": made.rules,
        "not_found": [
            {"rule": rule, "what": what, "tries": tries} for rule, what, tries in made.not_found
        ],
        "file": None if path is None else str(path),
    }


_SAID = {"fires": "fires", "passes": "does not fire", "decides": "alone decides"}


def _checked(name: str, made: "Checked") -> tuple[list[str], dict[str, Any]]:
    from jurat.testing._liveness import FILE

    changes = made.changes or ()
    if made.changes is None:
        lines = [f"{made.bundle}: no certificate is kept"]
    else:
        dead = len({change.rule for change, _ in changes if change.dead})
        whole = f"{made.bundle}: "
        if dead:
            whole += f"{dead} rule{'s' * (dead != 1)} dead"
        else:
            whole += "the certificate is out of date" if changes else "as live as certified"
        lines = [whole, *(f"  {words}" for _, words in changes)]
    if made.changes != ():
        where = name if Path(name).is_dir() else "the bundle's directory"
        click.echo(
            f"if that is meant, run `jurat laws --liveness {printable(where)}` and keep {FILE}",
            err=True,
        )
    return lines, {
        "bundle": made.bundle,
        "certified": made.changes is not None,
        "changes": [
            {
                "rule": change.rule,
                "what": change.what or ("gone" if change.gone else "new"),
                "dead": change.dead,
                **({"tries": change.tries} if change.dead else {}),
            }
            for change, _ in changes
        ],
    }
