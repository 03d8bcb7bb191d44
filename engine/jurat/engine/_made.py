"""Making the replacements that need the text: they stand in the decision's obligations only,
never in its canonical form or the log."""

from collections.abc import Iterable
from dataclasses import replace

from jurat.model import Text
from jurat.plan import Decision, Obligation
from jurat.scan import Vault, replacement

_FROM_ENTITY = {"label", "remove"}


def with_replacements(decision: Decision, texts: Iterable[Text], key: bytes) -> None:
    """Fill in what `mask`, `hash`, `encrypt` and `pseudonym` put in the place of each span.

    `key` is the engine's redaction key. Pseudonyms are kept in `decision.vault`, which restores
    them in the answer.
    """
    if all(_FROM_ENTITY.issuperset(obligation.operators) for obligation in decision.obligations):
        return
    by_pointer = {text.at: text.text for text in texts}
    vault = Vault()
    decision.obligations = tuple(
        _made(obligation, by_pointer.get(obligation.at), key, vault)
        for obligation in decision.obligations
    )
    decision.vault = vault


def _made(obligation: Obligation, text: str | None, key: bytes, vault: Vault) -> Obligation:
    if obligation.type != "redact" or text is None:
        return obligation
    made = tuple(
        replacement(operator, entity, text[start:end], key=key, vault=vault)
        for (start, end, entity), operator in zip(
            obligation.spans, obligation.operators, strict=True
        )
    )
    return replace(obligation, made=made)
