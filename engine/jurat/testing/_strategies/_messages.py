"""Conversations, with and without what a detector finds."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st

from jurat.model import Message

from .._judged import installed
from .._options import strategy_of
from .._validated import validated

ROLES = ("user", "assistant", "system", "tool")
# Nothing in these is a value of any detector.
_CLEAN = (
    "Hello.",
    "What is the capital of France?",
    "Answer politely and briefly.",
    "Summarise the text above in three sentences.",
    "Which of the two plans costs less, and why?",
)
_AROUND = (("", ""), ("Please look at this.\n", "\n"), ("", "\nWhat does it mean?"))

With = bool | str | Iterable[str]


def messages(
    *,
    with_pii: With | None = None,
    roles: st.SearchStrategy[str] | str | None = None,
    text: st.SearchStrategy[str] | None = None,
    min_size: int = 0,
    max_size: int = 4,
) -> st.SearchStrategy[tuple[Message, ...]]:
    """Conversations: tuples of `Message`, as `Request.messages` and `Response.messages` take them.

    `with_pii=True` puts a value into each that an installed detector finds, the name of an entity
    or pack or several of them (`"US_SSN"`, `["secrets", "CREDIT_CARD"]`) one of those; with False
    there is nothing to be found. `roles` and `text` draw the role and the text of a message.
    `min_size` and `max_size` bound the number of messages. Raises ValueError for a name that no
    detector goes by.
    """
    if with_pii is False and text is None:
        text = st.sampled_from(_CLEAN)
    spoken = _any_text() if text is None else text
    role = st.sampled_from(ROLES) if roles is None else strategy_of(roles)
    plain = _message(role, _content(spoken))
    if not with_pii:
        return st.lists(plain, min_size=min_size, max_size=max_size).map(tuple)
    found = _message(role, _content(_with_value(_examples(with_pii))))
    most = max(max_size - 1, 0)
    return st.builds(
        _inserted,
        st.lists(plain, min_size=min(max(min_size - 1, 0), most), max_size=most),
        found,
        st.integers(0, most),
    )


def _any_text() -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(_CLEAN), st.text(max_size=60))


def _message(
    role: st.SearchStrategy[str], content: st.SearchStrategy[Any]
) -> st.SearchStrategy[Message]:
    return validated(Message, st.fixed_dictionaries({"role": role, "content": content}))


def _content(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """A text as it is, or as the part of a list."""
    part = st.builds(lambda text: [{"type": "text", "text": text}], text)
    return st.one_of(text, text, part)


@st.composite
def _with_value(draw: st.DrawFn, examples: tuple[str, ...]) -> str:
    before, after = draw(st.sampled_from(_AROUND))
    return before + draw(st.sampled_from(examples)) + after


def _inserted(messages: list[Message], one: Message, where: int) -> tuple[Message, ...]:
    return (*messages[:where], one, *messages[where:])


def _examples(wanted: Literal[True] | str | Iterable[str]) -> tuple[str, ...]:
    """Texts in which the detectors of these names find something."""
    by_name = _by_name()
    if wanted is True:
        return by_name[""]
    names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in by_name or not name:
            near = get_close_matches(name.upper(), by_name, 1) or get_close_matches(
                name, by_name, 1
            )
            hint = (
                f"did you mean {near[0]}?"
                if near
                else "name an entity, like US_SSN, or a pack, like secrets"
            )
            raise ValueError(f"with_pii: no detector finds {name!r}; {hint}")
    return tuple(dict.fromkeys(text for name in names for text in by_name[name]))


@cache
def _by_name() -> Mapping[str, tuple[str, ...]]:
    """The first example of each detector, by its entity and by its pack; all under ""."""
    found: dict[str, list[str]] = {"": []}
    for detector in installed().detectors:
        for name in {"", detector.entity, detector.pack} if detector.examples else ():
            found.setdefault(name, []).append(detector.examples[0])
    return {name: tuple(texts) for name, texts in found.items()}
