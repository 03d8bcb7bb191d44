"""What a verification proves and what it does not, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._policy import NONE

if TYPE_CHECKING:
    from ._verify import Run


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that verified: `size` records hash to `root`. What that proves, and what not."""

    origin: str
    size: int
    root: bytes
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]
    below: int = 0
    """The first record that is kept: those below were pruned."""


def verdict(run: "Run", *, given_key: bool, outside: bool) -> Verified:
    """What a run that ended proves. `given_key`: the verifier key was known from elsewhere;
    `outside`: so was a checkpoint."""
    return Verified(
        run.origin,
        run.committed,
        run.tree.root(),
        tuple(_proven(run, given_key=given_key, outside=outside)),
        tuple(_not_proven(run, given_key=given_key, outside=outside)),
        run.pruned.below,
    )


def _proven(run: "Run", *, given_key: bool, outside: bool) -> Iterator[str]:
    key = "the key given" if given_key else "the key in log.json"
    yield (
        f"records {run.pruned.below} to {run.committed - 1} are, byte for byte and in this order, those that "
        f"{key} signed; none was edited, inserted, removed or moved"
    )
    if run.pruned.below:
        yield (
            f"records 0 to {run.pruned.below - 1} were pruned, as a later record says; hashes "
            "that the same key signed stand for them"
        )
    if run.epoch is not None:
        yield (
            f"this is epoch {run.epoch.number}: a key of {run.epoch.before!r} appointed this log's "
            f"first key after that log was rolled back. Of {run.epoch.published} records that its "
            f"newest known checkpoint signed, {run.epoch.found} were found"
        )
    yield "sealed facts in packs and archives of bundles that are present are the recorded ones"
    if run.quorum is not None and run.quorum != NONE:
        yield (
            f"the witnesses of the quorum {run.quorum!r} saw a checkpoint from which the log "
            "goes on: nothing that it covers was cut or rewritten since"
        )
    if outside:
        yield "the log goes on from the checkpoint given: nothing that it covers was changed"


def _not_proven(run: "Run", *, given_key: bool, outside: bool) -> Iterator[str]:
    if run.quorum is not None and run.quorum != NONE:
        yield "that no records after the witnessed checkpoint were cut or rewritten by the key's holder"
    elif not outside:
        yield (
            "that no records were cut from the end, and that whoever holds the signing key "
            "did not rewrite the log: give a checkpoint that was kept elsewhere"
        )
    else:
        yield "that no records after the checkpoint given were cut or rewritten by the key's holder"
    if not given_key:
        yield "that log.json names the true key: give the verifier key, known from elsewhere"
    if run.pruned.below:
        yield "what the pruned records said"
    if run.epoch is not None:
        yield (
            f"anything about the records of {run.epoch.before!r}, and what those said that were "
            f"not found: what was found lies in epochs/{run.epoch.number - 1}; verify it, too"
        )
    if run.missing_bundles:
        names = ", ".join(sorted(run.missing_bundles))
        yield f"what these bundles said, whose archives are not here: {names}"
    if run.tail:
        yield "what a writer is adding at this moment, after the last commit"
    yield "that everything that happened was recorded"
