"""Making what only the engine can, the replacements that need the text: they stand in the
decision's obligations only, never in its canonical form or the log."""

from collections.abc import Iterable
from dataclasses import replace

from jurat.model import Text
from jurat.plan import Decision, Obligation, Reason, refused
from jurat.scan import Vault, replacement

_FROM_ENTITY = {"label", "remove"}


def with_replacements(
    decision: Decision, texts: Iterable[Text], key: bytes, vault: Vault | None = None
) -> Decision:
    """`decision` with what `mask`, `hash`, `encrypt` and `pseudonym` put in the place of each
    span; a deny where there is no such text to make it from.

    `key` is the engine's redaction key. Pseudonyms are kept in `vault` (default: a new one), which
    is `decision.vault` then and restores them in the answer.
    """
    for obligation in decision.obligations:
        if not _FROM_ENTITY.issuperset(obligation.operators):
            break
    else:
        return decision
    by_pointer = {text.at: text.text for text in texts}
    vault = Vault() if vault is None else vault
    made = tuple(
        _made(obligation, by_pointer.get(obligation.at), key, vault)
        for obligation in decision.obligations
    )
    if unmade := [one for one in made if one.type == "redact" and not _whole(one)]:
        return refused(decision, [_impossible(one) for one in unmade])
    decision.obligations = made
    decision.vault = vault
    return decision


def _whole(obligation: Obligation) -> bool:
    return bool(obligation.made) or _FROM_ENTITY.issuperset(obligation.operators)


def _impossible(obligation: Obligation) -> Reason:
    message = f"the text at {obligation.at} can't be redacted: the input has no such text"
    return Reason(
        "obligation-conflict",
        message,
        "high",
        rules=obligation.rules,
        effect="deny",
        at=obligation.at,
    )


def _made(obligation: Obligation, text: str | None, key: bytes, vault: Vault) -> Obligation:
    if obligation.type != "redact" or text is None or obligation.spans[-1][1] > len(text):
        return obligation
    made = tuple(
        replacement(operator, entity, text[start:end], key=key, vault=vault)
        for (start, end, entity), operator in zip(
            obligation.spans, obligation.operators, strict=True
        )
    )
    return replace(obligation, made=made)
