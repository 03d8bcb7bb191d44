"""Prompts in use are the registered ones, word for word."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

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

from ._parts import Part, judged
from ._words import VOCABULARY, must_know

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII | re.IGNORECASE)
_Key = tuple[str | None, str | None]  # id and version
_REVIEW = "Use a registered version, or have this one reviewed and registered."


class PromptRegistry(RuleKind):
    """The prompt in use is registered, approved for the environment, and unchanged.

    ## What it does
    Looks up the request's prompt by id and version in the bundle's table `prompts` and reports
    each of these that is wrong: the table has it; its `status` is one of `statuses`; its
    `environments` have the project's environment; its `sha256` is the digest that was sent with
    the request. Digests are of hex digits, in either case, with or without `sha256:` before them.

    ## Why
    A prompt decides what an application does, as code does, and is changed more easily. What was
    reviewed and tested should be what runs: a prompt edited in a console, or a draft that reached
    production, is an unreviewed release.

    ## Example
    ```yaml
    - id: prompts
      title: Production uses reviewed prompts
      kind: prompt.registry
      effect: deny
      severity: high
      when: request.project.environment == "production"
    ```

    ## Options
    - `required`: whether a request known to be made without a prompt fires (default: it does).
    - `statuses`: the statuses that may be used (default: `approved`).
    - `environments`: whether the project's environment is looked at (default: it is).
    - `digests`: whether each registered prompt must have a `sha256` (default: it must). Without,
      a row that has none passes; one that has a digest is still held to it.

    ## Limits
    The digest is what the enforcement point computed over the prompt that it sends, so the rule
    is worth what that computation is; jurat itself never sees which part of the text is the
    prompt. A request that says nothing about its prompt is unknown, which denies; one without a
    prompt sends `prompt: null`. An id counts with its version alone: there is no "latest".

    ## Codes
    | code | meaning |
    |---|---|
    | `prompt-absent` | the request is known to use no prompt |
    | `prompt-version-absent` | it names a prompt without a version |
    | `prompt-not-registered` | the register doesn't have this id and version |
    | `prompt-not-approved` | the prompt has no status, or one that may not be used |
    | `prompt-environment` | it is not approved for the project's environment |
    | `prompt-digest-unregistered` | the register has no digest to hold the prompt to |
    | `prompt-digest-absent` | the request is known to come without the prompt's digest |
    | `prompt-digest-invalid` | what was sent as digest is no SHA-256 in hex |
    | `prompt-changed` | the prompt that was sent is not the registered one |
    """

    name = "prompt.registry"
    judges = Request
    effects = {"deny", "advise"}
    allowlists = ("statuses",)

    class Params(RuleParams):
        required: bool = True
        """Whether a request known to be made without a prompt fires."""
        statuses: tuple[str, ...] = ("approved",)
        """The statuses that may be used: of vocabulary `approval_status`."""
        environments: bool = True
        """Whether the prompt must be approved for the project's environment."""
        digests: bool = True
        """Whether each registered prompt must have a `sha256`."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, context)
        table = getattr(context.data, "prompts", None)
        if table is None and params.digests:
            raise ParamError(
                "the bundle has no table of prompts, so no digest can be compared",
                help="add data/prompts.yaml with a row id@version for each prompt, "
                "or set `digests: false`",
            )
        digests = _registered(table or {})
        parts = [_approved(frozenset(params.statuses))]
        if params.environments:
            parts.append(_for_environment)
        if table is not None:
            parts.append(_unchanged(digests, demanded=params.digests))
        calm = _calm(table or {}, digests, params)
        required: bool = params.required
        look_at_environment: bool = params.environments

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            prompt = request.prompt
            id_ = prompt.id
            key = (id_, prompt.version)
            ready = calm.get(key)
            if (
                ready is not None
                and (ready[0] is None or prompt.sha256 == ready[0])
                and (not look_at_environment or request.project.environment in ready[1])
            ):
                return ()
            if id_ is None:
                return (_ABSENT,) if required else ()
            if key[1] is None:
                return (_VERSION_ABSENT,)
            if table is not None and key not in digests:
                return (_unregistered(*key),)
            return judged(parts, request, now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/prompt/id", "/prompt/version", "/prompt/status", "/prompt/sha256"]
        if params.environments:
            read += ["/prompt/environments", "/project/environment"]
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        digest = sha256(b"Answer in one sentence.").hexdigest()
        row = {
            "status": params.statuses[0],
            "environments": ["production"],
            "sha256": digest,
        }

        def made(note: str, **fields: Any) -> Example:
            prompt = {"id": "support-reply", "version": "3", "sha256": digest} | fields
            given = {"prompt": prompt, "project": {"id": None, "environment": "production"}}
            return Example(given, data={"prompts": {"support-reply@3": row}}, note=note)

        fires = [
            made("the prompt was edited", sha256=sha256(b"Answer at length.").hexdigest()),
            made("a version that nobody registered", version="4"),
        ]
        passes = [made("the registered prompt")]
        none = Example(
            {"prompt": None}, data={"prompts": {"support-reply@3": row}}, note="without a prompt"
        )
        (fires if params.required else passes).append(none)
        return Examples(fires=tuple(fires), passes=tuple(passes))


_ABSENT = Finding(
    "prompt-absent",
    "the request uses no registered prompt",
    at="/prompt/id",
    remediation="Use a registered prompt, and send its id, version and digest.",
)
_VERSION_ABSENT = Finding(
    "prompt-version-absent",
    "the request names a prompt without its version",
    at="/prompt/version",
    remediation="Send the version of the prompt in use.",
)


def _validate(params: Any, context: CompileContext) -> None:
    if not params.statuses:
        raise ParamError(
            "no status may be used, so every prompt fires",
            at=("statuses",),
            help="name one or more, like approved",
        )
    for index, status in enumerate(params.statuses):
        known = context.words("approval_status")
        must_know("approval status", status, known, ("statuses", index), extend=VOCABULARY)


def _hex(digest: str) -> str | None:
    """The digits of a SHA-256 in lower case; None for what is no SHA-256."""
    match = _DIGEST.fullmatch(digest)
    return match[1].lower() if match else None


def _registered(table: Mapping[str, Any]) -> dict[_Key, str | None]:
    """The digest of each registered prompt. Raises ParamError for what can't be one."""
    digests: dict[_Key, str | None] = {}
    for key, row in table.items():
        digest = None if row.sha256 is None else _hex(row.sha256)
        if digest is None and row.sha256 is not None:
            raise ParamError(
                f"the sha256 of prompt {key[:60]} is no SHA-256",
                help="write its 64 hex digits, as `sha256sum` prints them",
            )
        digests[row.id, row.version] = digest
    return digests


def _calm(
    table: Mapping[str, Any], digests: Mapping[_Key, str | None], params: Any
) -> dict[_Key, tuple[str | None, frozenset[str]]]:
    """The digest and the environments of the prompts that may be used."""
    calm = {}
    for row in table.values():
        key = (row.id, row.version)
        if row.status in params.statuses and (digests[key] is not None or not params.digests):
            calm[key] = (digests[key], frozenset(row.environments or ()))
    return calm


def _unregistered(id_: str | None, version: str | None) -> Finding:
    return Finding(
        "prompt-not-registered",
        "the register of prompts does not have {id} in version {version}",
        at="/prompt/version",
        quote={"id": id_, "version": version},
        remediation=_REVIEW,
    )


def _approved(statuses: frozenset[str]) -> Part:
    allowed = ", ".join(sorted(statuses))

    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        status = request.prompt.status
        if status in statuses:
            return ()
        return (
            Finding(
                "prompt-not-approved",
                "the prompt has no status in the register"
                if status is None
                else "the prompt is {status}",
                at="/prompt/status",
                evidence={"allowed": allowed},
                quote={"status": status} if status is not None else {},
                remediation=_REVIEW,
            ),
        )

    return part


def _for_environment(request: Any, now: datetime) -> tuple[Finding, ...]:
    environment = request.project.environment
    approved = request.prompt.environments or ()
    if environment is not None and environment in approved:
        return ()
    if environment is None:
        message = "the project has no environment, and prompts are approved for some only"
    elif approved:
        message = "the prompt is not approved for {environment}"
    else:
        message = "the prompt is approved for no environment"
    return (
        Finding(
            "prompt-environment",
            message,
            at="/prompt/environments" if environment is not None else "/project/environment",
            quote={"environment": environment} if environment is not None else {},
            remediation="Use a prompt that is approved there, or have this one approved for it.",
        ),
    )


def _unchanged(digests: Mapping[_Key, str | None], *, demanded: bool) -> Part:
    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        prompt = request.prompt
        registered = digests[prompt.id, prompt.version]
        if registered is None:
            return (_DIGEST_UNREGISTERED,) if demanded else ()
        sent = prompt.sha256
        if sent is None:
            return (_DIGEST_ABSENT,)
        digest = _hex(sent)
        if digest is None:
            return (_DIGEST_INVALID,)
        return () if digest == registered else (_CHANGED,)

    return part


_DIGEST_UNREGISTERED = Finding(
    "prompt-digest-unregistered",
    "the register has no digest of the prompt, so nobody can tell whether it was changed",
    at="/prompt/sha256",
    remediation="Enter the prompt's sha256 in the register.",
)
_DIGEST_ABSENT = Finding(
    "prompt-digest-absent",
    "the request comes without the digest of its prompt",
    at="/prompt/sha256",
    remediation="Send the SHA-256 of the prompt in use.",
)
_DIGEST_INVALID = Finding(
    "prompt-digest-invalid",
    "what was sent as the prompt's digest is no SHA-256 in hex",
    at="/prompt/sha256",
    remediation="Send the 64 hex digits of the prompt's SHA-256.",
)
_CHANGED = Finding(
    "prompt-changed",
    "the prompt is not the one that was registered: their digests differ",
    at="/prompt/sha256",
    remediation="Use the registered text, or have the change reviewed as a new version.",
)
