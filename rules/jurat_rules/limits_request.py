"""One request is no larger than allowed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal

from pydantic import field_validator

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._counting import Limit

By = Literal["actor", "project", "model"]
_TABLES = {
    "actor": ("actor.limits.max_tokens", "the actor's limit"),
    "project": ("project.limits.max_tokens", "the project's limit"),
    "model": ("model_info.limits.max_tokens", "the model's limit"),
}
_MEDIA = ("images", "audio", "files")
_Judge = Callable[[Any, list[Finding]], None]


class LimitsRequest(RuleKind):
    """One request is no larger than allowed.

    ## What it does
    Fires for each measure of the request that is over its limit: the tokens that may come out
    (`max_tokens` of the call), the tokens estimated in all, the number of messages, their sizes,
    the number of tools offered, and the parts that no detector reads. It counts nothing over time:
    the same request always gets the same answer.

    ## Why
    A prompt of a million tokens by mistake costs more than a day of ordinary ones. Long inputs are
    also where instructions hide, and what can't be read can't be scanned.

    ## Example
    ```yaml
    - id: size
      title: Requests are of a reasonable size
      kind: limits.request
      effect: deny
      severity: medium
      params: {max_tokens: 4096, by: [model], messages: 200, total_size: 400000, images: 4}
    ```

    ## Options
    - `max_tokens`: the most that the call may let come out (`params.max_tokens`).
    - `by`: whose `limits.max_tokens` in the tables bounds that, too: actor, project, model.
    - `estimated_tokens`: the most tokens in all, as the enforcement point estimates them.
    - `messages`: how many messages.
    - `message_size`: how many characters (code points) one message may have.
    - `total_size`: how many all of them may have together.
    - `tools`: how many tools the request may offer.
    - `images`: how many images.
    - `audio`: how many parts of audio.
    - `files`: how many files.

    ## Limits
    A call that sets no `max_tokens` is not bounded, so it fires where a limit of these applies. A
    row without `limits.max_tokens` bounds nothing. Messages or tools that are known to be absent
    are none. Where media were not counted, because a request built by hand has no text parts, they
    are taken as none; everything else that was not sent is unknown.

    ## Codes
    | code | meaning |
    |---|---|
    | `max-tokens-exceeded` | the call lets more tokens come out than a limit allows |
    | `max-tokens-absent` | a limit applies, and the call sets none |
    | `estimated-tokens-exceeded` | more tokens in all than allowed |
    | `tokens-not-estimated` | the estimate is known to be absent |
    | `messages-exceeded` | too many messages |
    | `message-too-large` | a message is longer than allowed |
    | `request-too-large` | all messages together are longer than allowed |
    | `tools-exceeded` | too many tools are offered |
    | `media-exceeded` | too many images, audio parts or files |
    """

    name = "limits.request"
    judges = Request
    effects = {"deny", "advise"}
    optional = ("/unscanned",)

    class Params(RuleParams):
        max_tokens: Limit | None = None
        """The most tokens that the call may let come out."""
        by: tuple[By, ...] = ()
        """Whose `limits.max_tokens` in the tables bounds that, too."""
        estimated_tokens: Limit | None = None
        """The most tokens in all, as estimated."""
        messages: Limit | None = None
        """The most messages."""
        message_size: Limit | None = None
        """The most characters of one message."""
        total_size: Limit | None = None
        """The most characters of all messages."""
        tools: Limit | None = None
        """The most tools that the request may offer."""
        images: Limit | None = None
        """The most images."""
        audio: Limit | None = None
        """The most parts of audio."""
        files: Limit | None = None
        """The most files."""

        @field_validator("by")
        @classmethod
        def _each_once(cls, by: tuple[By, ...]) -> tuple[By, ...]:
            if len(set(by)) < len(by):
                raise ParamError("each of `by` is named once", help="like [project, model]")
            return by

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        judges = _judges(rule.params)
        if not judges:
            raise ParamError("there is no limit", help="give one, like max_tokens or messages")
        small = _small(rule.params)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if small(request):
                return ()
            found: list[Finding] = []
            for judge in judges:
                judge(request, found)
            return tuple(found) if found else ()

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/" + _TABLES[by][0].replace(".", "/") for by in params.by]
        if params.max_tokens is not None or params.by:
            read.append("/params/max_tokens")
        if params.estimated_tokens is not None:
            read.append("/estimated_tokens")
        if any(n is not None for n in (params.messages, params.message_size, params.total_size)):
            read.append("/messages")
        if params.tools is not None:
            read.append("/tools")
        return tuple(read)  # and /unscanned as far as it is known

    def examples(self, params: Any) -> Examples:
        most = 1000 if params.max_tokens is None else params.max_tokens
        size = min(
            (n for n in (params.message_size, params.total_size) if n is not None), default=9
        )
        limits = {"limits": {"max_tokens": most}}
        small: dict[str, Any] = {
            "actor": {"id": "svc-1", **limits},
            "project": {"id": "proj-a", **limits},
            "model_info": {"id": "gpt-4.1", **limits},
            "params": {"max_tokens": min(most, 100)},
            "estimated_tokens": min(100, params.estimated_tokens or 0),
            "messages": [{"role": "user", "size": min(size, 9)}] if params.messages != 0 else [],
            "tools": [],
            "unscanned": {"images": 0, "audio": 0, "files": 0},
        }
        large = {
            **small,
            "params": {"max_tokens": most + 1},
            "estimated_tokens": (params.estimated_tokens or 0) + 1,
            "messages": [{"role": "user", "size": 10**9}] * ((params.messages or 0) + 1),
            "tools": [{"name": "lookup"}] * ((params.tools or 0) + 1),
            "unscanned": {name: (getattr(params, name) or 0) + 1 for name in _MEDIA},
        }
        return Examples(
            fires=(Example(large, note="more than allowed of everything"),),
            passes=(Example(small, note="a small request"),),
        )


def _small(params: Any) -> Callable[[Any], bool]:
    """Whether a request is plainly within every limit, seen at a glance: most are."""
    if params.max_tokens is not None or params.by:
        return lambda request: False
    unlimited = 2**63
    tokens, messages, size, total, tools = (
        unlimited if most is None else most
        for most in (
            params.estimated_tokens,
            params.messages,
            params.message_size,
            params.total_size,
            params.tools,
        )
    )

    def small(request: Any) -> bool:
        fields = request.__dict__
        estimated, said, offered = (
            fields.get("estimated_tokens"),
            fields.get("messages"),
            fields.get("tools"),
        )
        if estimated is None or said is None or offered is None or "unscanned" in fields:
            return False
        if estimated > tokens or len(said) > messages or len(offered) > tools:
            return False
        whole = 0
        for message in said:
            length = message.__dict__.get("size")
            if length is None or length > size:
                return False
            whole += length
        return whole <= total

    return small


def _judges(params: Any) -> tuple[_Judge, ...]:
    """What is looked at, in the order in which it is reported."""
    made: list[_Judge] = []
    if params.max_tokens is not None or params.by:
        made.append(_max_tokens(params.max_tokens, [_TABLES[by] for by in params.by]))
    if params.estimated_tokens is not None:
        made.append(_estimated(params.estimated_tokens))
    if params.messages is not None:
        made.append(_messages(params.messages))
    if params.message_size is not None or params.total_size is not None:
        made.append(_sizes(params.message_size, params.total_size))
    if params.tools is not None:
        made.append(_tools(params.tools))
    media = {name: getattr(params, name) for name in _MEDIA if getattr(params, name) is not None}
    if media:
        made.append(_media(media))
    return tuple(made)


def _max_tokens(fixed: int | None, tables: Sequence[tuple[str, str]]) -> _Judge:
    rows = tuple((attrgetter(path), whose) for path, whose in tables)

    def judge(request: Any, found: list[Finding]) -> None:
        most, whose = fixed, "the limit"
        for limit_of, its in rows:
            limit = limit_of(request)
            if limit is not None and (most is None or limit < most):
                most, whose = limit, its
        if most is None:
            return
        asked = request.params.max_tokens
        if asked is None:
            found.append(_unbounded(most))
        elif asked > most:
            message = f"up to {asked:,} tokens may come out, {whose} is {most:,}"
            found.append(
                Finding(
                    "max-tokens-exceeded", message, "/params/max_tokens", _of(asked, most), _LESS
                )
            )

    return judge


def _unbounded(most: int) -> Finding:
    return Finding(
        "max-tokens-absent",
        f"the call sets no max_tokens, at most {most:,} may come out",
        at="/params/max_tokens",
        evidence={"limit": most},
        remediation="Set max_tokens in the call.",
    )


def _estimated(most: int) -> _Judge:
    at = "/estimated_tokens"

    def judge(request: Any, found: list[Finding]) -> None:
        tokens = request.estimated_tokens
        if tokens is None:
            found.append(Finding("tokens-not-estimated", "nobody estimated the tokens", at=at))
        elif tokens > most:
            message = f"{tokens:,} tokens are estimated, at most {most:,} are allowed"
            found.append(
                Finding("estimated-tokens-exceeded", message, at, _of(tokens, most), _LESS)
            )

    return judge


def _messages(most: int) -> _Judge:
    def judge(request: Any, found: list[Finding]) -> None:
        count = len(request.messages or ())
        if count > most:
            told = f"{count:,} messages, at most {most:,} are allowed"
            found.append(Finding("messages-exceeded", told, "/messages", _of(count, most), _LESS))

    return judge


def _tools(most: int) -> _Judge:
    def judge(request: Any, found: list[Finding]) -> None:
        count = len(request.tools or ())
        if count > most:
            told = f"{count:,} tools, at most {most:,} are allowed"
            found.append(Finding("tools-exceeded", told, "/tools", _of(count, most), _LESS))

    return judge


def _sizes(each: int | None, total: int | None) -> _Judge:
    def judge(request: Any, found: list[Finding]) -> None:
        whole = 0
        for number, message in enumerate(request.messages or ()):
            size = message.size or 0
            whole += size
            if each is not None and size > each:
                told = f"a message of {size:,} characters, at most {each:,} are allowed"
                at = f"/messages/{number}"
                found.append(Finding("message-too-large", told, at, _of(size, each), _LESS))
        if total is not None and whole > total:
            told = f"{whole:,} characters in all messages, at most {total:,} are allowed"
            evidence = _of(whole, total)
            found.append(Finding("request-too-large", told, "/messages", evidence, _LESS))

    return judge


def _media(limits: dict[str, int]) -> _Judge:
    def judge(request: Any, found: list[Finding]) -> None:
        counted = request.__dict__.get("unscanned")
        if counted is None:
            return
        for name, most in limits.items():
            count = getattr(counted, name) or 0
            if count > most:
                told = f"{count:,} of {name}, at most {most:,} are allowed"
                at = f"/unscanned/{name}"
                evidence = {**_of(count, most), "media": name}
                found.append(Finding("media-exceeded", told, at, evidence, _LESS))

    return judge


def _of(asked: int, limit: int) -> dict[str, Any]:
    return {"asked": asked, "limit": limit}


_LESS = "Ask for less, or have the limit raised."
