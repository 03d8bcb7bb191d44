"""Trust policies: which logs count, and which witnesses must have seen a checkpoint.

The text format is C2SP tlog-policy: lines `log`, `witness`, `group` and one `quorum`.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ._cosign import Cosigner, cosigned_by, parse_cosigner
from ._note import Checkpoint, NoteError, VerifierKey, open_checkpoint, parse_note, parse_vkey

NONE = "none"


class PolicyError(ValueError):
    """The text is no policy; the message says on which line."""


@dataclass(frozen=True, slots=True)
class Group:
    """Members (witnesses or groups, by name) of whom at least `threshold` are needed."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What must hold of a checkpoint for it to be trusted."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, Cosigner]
    groups: Mapping[str, Group]
    quorum: str

    def check(self, note: str) -> tuple[Checkpoint, dict[str, int]]:
        """The checkpoint in `note`, and which witnesses (by name) saw it when (seconds since
        1970). Raises NoteError unless a log of the policy signed it and its quorum saw it."""
        checkpoint = open_checkpoint(note, list(self.logs))
        seen = cosigned_by(parse_note(note), self.witnesses.values())
        witnesses = {
            name: seen[one.text] for name, one in self.witnesses.items() if one.text in seen
        }
        if not self.satisfied(witnesses.keys()):
            had = ", ".join(sorted(witnesses)) or "nobody"
            raise NoteError(
                f"the quorum {self.quorum!r} did not see the checkpoint: of the witnesses named, "
                f"{had} did"
            )
        return checkpoint, witnesses

    def satisfied(self, witnesses: AbstractSet[str]) -> bool:
        """Whether these witnesses make the quorum."""
        return self.quorum == NONE or self._counts(self.quorum, witnesses)

    def _counts(self, name: str, witnesses: AbstractSet[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnesses
        return sum(self._counts(one, witnesses) for one in group.members) >= group.threshold


def parse_policy(text: str) -> Policy:
    """A policy. Raises PolicyError with the line that is wrong."""
    logs: list[VerifierKey] = []
    witnesses: dict[str, Cosigner] = {}
    groups: dict[str, Group] = {}
    taken: set[str] = set()
    quorum: str | None = None
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            match words:
                case ["log", vkey] | ["log", vkey, _]:
                    logs.append(parse_vkey(vkey))
                case ["witness", name, vkey] | ["witness", name, vkey, _]:
                    cosigner = parse_cosigner(vkey)
                    if cosigner in witnesses.values():
                        raise NoteError("this witness has another name already")
                    witnesses[_new(name, witnesses, groups)] = cosigner
                case ["group", name, threshold, *members] if members:
                    made = _group(threshold, members, {*witnesses, *groups}, taken)
                    groups[_new(name, witnesses, groups)] = made
                case ["quorum", name]:
                    if quorum is not None:
                        raise NoteError("there is one quorum, and it was given")
                    if name != NONE and name not in witnesses and name not in groups:
                        raise NoteError(f"{name!r} is no witness and no group above")
                    quorum = name
                case _:
                    raise NoteError(
                        "a line reads `log VKEY [URL]`, `witness NAME VKEY [URL]`, "
                        "`group NAME any|all|N MEMBER…` or `quorum NAME|none`"
                    )
        except NoteError as error:
            raise PolicyError(f"line {number}: {error}") from None
    if not logs:
        raise PolicyError("the policy names no log")
    if quorum is None:
        raise PolicyError("the policy has no line `quorum`; `quorum none` asks for no witness")
    return Policy(tuple(logs), witnesses, groups, quorum)


def _new(name: str, *taken: Mapping[str, object]) -> str:
    if name == NONE or any(name in names for names in taken):
        raise NoteError(f"the name {name!r} is taken")
    return name


def _group(threshold: str, members: list[str], known: AbstractSet[str], taken: set[str]) -> Group:
    for name in members:
        if name not in known:
            raise NoteError(f"{name!r} is no witness and no group above")
        if name in taken:
            raise NoteError(f"{name!r} is a member of a group already")
        taken.add(name)
    if threshold in ("any", "all"):
        return Group(1 if threshold == "any" else len(members), tuple(members))
    if not (threshold.isascii() and threshold.isdecimal()) or threshold != str(int(threshold)):
        raise NoteError("a group's threshold is any, all or a number")
    if not 1 <= int(threshold) <= len(members):
        raise NoteError(f"of {len(members)} members, {threshold} can't be needed")
    return Group(int(threshold), tuple(members))
