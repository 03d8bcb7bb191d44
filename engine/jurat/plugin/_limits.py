"""What a limit store is, and the plain data of counting: uses, and what a counter held."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, runtime_checkable


class CounterUse(NamedTuple):
    """What one request adds to one counter.

    `key` names the counter. Begin it with `RuleSpec.counter`, so that rules are counted apart;
    rules that use one key share the counter, which counts a request once however many of them
    apply: by the greatest `amount`, with the least `limit`. `amount` and `limit` are in the
    counter's unit: requests, tokens, or micro-units of the bundle's currency; neither is
    negative. The limit decides nothing in the store: it says what `Counted.wait` waits for.

    `window` is the length of a sliding window, or the end of a fixed period, whose start belongs
    into the key. `per_token` is what a token of input and one of output add, in millionths of
    the unit: with it the amount is corrected by the tokens that the response reports; None where
    tokens don't matter.

    `passes_to` is the most that the counter may come to, `amount` included, with which the rule
    surely passes without a finding; then its check is not asked. None: the check is asked.
    """

    key: str
    amount: int
    limit: int
    window: timedelta | datetime
    per_token: tuple[int, int] | None = None
    passes_to: int | None = None


class Counted(NamedTuple):
    """What a counter held before the request: a fact, recorded and replayed.

    `wait` are the whole seconds until the request's amount fits the limit if nothing else comes:
    0 where it fits now, None where it never will.
    """

    used: int
    wait: int | None = 0


# The counters that one request uses: (request, facts, now) -> uses. What is unknown may raise
# MissingFact; then nothing is counted and the check has its say.
Uses = Callable[[Any, Any, datetime], tuple[CounterUse, ...]]


class Reserved(Protocol):
    """What a store gives back for a reservation; the engine hands it in again and looks at no
    more of it than this."""

    @property
    def counted(self) -> Mapping[str, Counted]:
        """What each counter held before, by key."""
        ...


@runtime_checkable
class LimitStore(Protocol):
    """Keeps counters. Safe to call from several threads.

    What it raises makes the counters unknown, so that the rules which need them deny.
    """

    name: str
    deadline: timedelta | None
    """How long an answer may take, for a store that waits for something: it is asked in a thread
    of its own, and a late answer is given back. None: it answers at once and is called directly."""

    def reserve(self, uses: Sequence[CounterUse], now: datetime) -> Reserved:
        """Add every use, or none where it raises, in one step that nothing else comes between.

        No key stands twice among `uses`. `now` is the time of the decision. A limit is not
        looked at: a reservation that is denied is given back.
        """
        ...

    def give_back(self, reserved: Any) -> None:
        """Take out what a reservation added. Once given back, it stays so."""
        ...

    def correct(self, reserved: Any, actual: Mapping[str, int]) -> None:
        """Let each counter named hold `actual` in place of what the reservation added or an
        earlier correction left, where it was made. Nothing for one that was given back."""
        ...
