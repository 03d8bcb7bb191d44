"""May X do Y from Z with W? What the enterprise's bundle answers, and with which reasons.

Each question is one that a platform lead is asked, about the organisation of the bundle's tables.
The answer is the whole of it: the effect and every reason, as rule and code.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from jurat.engine import Engine
from jurat.plan import Decision

NOW = "2026-05-25T12:00:00Z"
DAYS_OLD = {1: "2026-05-24T12:00:00Z", 55: "2026-03-31T12:00:00Z", 61: "2026-03-25T12:00:00Z",
            91: "2026-02-23T12:00:00Z"}  # fmt: skip

# who calls: where from, for which project, with which key, to which endpoint
CALLERS: Mapping[str, tuple[str, str, str, str]] = {
    "svc-chatbot-prod": ("10.0.1.50", "proj-prod", "key-prod-001", "azure-weu"),
    "svc-chatbot-us": ("10.1.1.7", "proj-prod-us", "key-us-001", "azure-eus"),
    "svc-chatbot-apac": ("10.2.1.7", "proj-prod-apac", "key-apac-001", "azure-jpe"),
    "svc-cicd-staging": ("192.168.1.100", "proj-staging", "key-stg-001", "azure-weu"),
    "svc-eval-runner": ("10.0.5.9", "proj-staging", "key-eval-001", "azure-weu"),
    "user-platform-engineer": ("198.51.100.20", "proj-staging", "key-plat-001", "azure-frc"),
    "user-engineer-search": ("198.51.100.21", "proj-dev", "key-dev-001", "openai-global"),
    "user-data-scientist": ("198.51.100.22", "proj-sandbox", "key-box-001", "openai-global"),
    "user-product-manager": ("198.51.100.23", "proj-sandbox", "key-box-002", "openai-global"),
    "user-compliance-officer": ("198.51.100.24", "proj-sandbox", "key-box-003", "openai-global"),
    "user-owner-first": ("198.51.100.25", "proj-prod", "key-own-001", "azure-weu"),
    "user-nobody": ("198.51.100.27", "proj-dev", "key-dev-003", "openai-global"),
    "user-left": ("198.51.100.26", "proj-dev", "key-dev-002", "openai-global"),
}


def asked(who: str, **changes: Any) -> dict[str, Any]:
    """A request of `who` as it is usual, with changes by path (`project__id="proj-dev"`)."""
    ip, project, key, endpoint = CALLERS[who]
    request: dict[str, Any] = {
        "action": "chat.completions",
        "model": "gpt-4.1-2025-04-14",
        "actor": {
            "id": who,
            "kind": "user" if who.startswith("user-") else "service_account",
            "credential": {
                "id": key,
                "project": project,
                "created_at": DAYS_OLD[1],
                "expires_at": "2026-06-24T12:00:00Z",
                "owner": who,
                "scopes": ["chat.completions"],
            },
        },
        "source": {"ip": ip, "tls_version": "1.3"},
        "project": {"id": project},
        "endpoint": {"id": endpoint},
        "tools": [],
        "params": {"store": False, "background": False, "conversation": None},
        "estimated_tokens": 800,
        "messages": [{"role": "user", "content": "Summarise the ticket in five lines."}],
    }
    for path, value in changes.items():
        *way, last = path.split("__")
        inner = request
        for step in way:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return request


NEXT_PROMPT = {
    "id": "refund-assistant",
    "version": "4",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def says(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def tool(kind: str, name: str, host: str | None = None, **more: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "host": host, **more}


CRM = tool("mcp", "get_customer", "crm.example.com", server="crm")


@dataclass(frozen=True)
class Question:
    text: str
    request: dict[str, Any]
    effect: str
    reasons: tuple[str, ...] = ()
    supports: frozenset[str] = frozenset({"redact", "header"})
    advice: tuple[str, ...] = field(default=())


def yes(text: str, request: dict[str, Any], *, why: str = "", advice: str = "") -> Question:
    return Question(text, request, "allow", tuple(why.split()), advice=tuple(advice.split()))


def no(text: str, request: dict[str, Any], *reasons: str) -> Question:
    return Question(text, request, "deny", tuple(sorted(reasons)))


QUESTIONS = [
    # -- who, for which project
    yes("May the chatbot answer EU customers?", asked("svc-chatbot-prod")),
    yes("May the US chatbot answer US customers?", asked("svc-chatbot-us")),
    yes("May CI run its prompts in staging?", asked("svc-cicd-staging")),
    yes("May the platform team try things in staging?", asked("user-platform-engineer")),
    yes("May an engineer call for development?", asked("user-engineer-search")),
    yes("May a product manager use the sandbox?", asked("user-product-manager")),
    no(
        "May the EU chatbot's account call for the US project, with its own key?",
        asked("svc-chatbot-prod", project__id="proj-prod-us", endpoint__id="azure-eus"),
        "isolation:actor-outside-project",
        "isolation:credential-outside-project",
    ),
    no(
        "May the chatbot use a developer's key?",
        asked("svc-chatbot-prod", actor__credential__project="proj-dev"),
        "isolation:credential-outside-project",
    ),
    no(
        "May an owner of the organisation call for production?",
        asked("user-owner-first"),
        "isolation:actor-kind-not-allowed",
        "isolation:actor-outside-project",
        "key-owner:owner-kind-not-allowed",
        "key-scopes:scope-too-wide",
        "permissions:permission-missing",
    ),
    no(
        "May compliance chat in the sandbox?",
        asked("user-compliance-officer"),
        "isolation:actor-outside-project",
        "permissions:permission-missing",
    ),
    no(
        "May someone who left still call for development?",
        asked("user-left"),
        "key-owner:owner-not-active",
    ),
    no(
        "May someone whom nobody listed call for development?",
        asked("user-nobody"),
        "isolation:actor-outside-project",
        "key-owner:owner-not-active",
        "permissions:permission-missing",
    ),
    # -- what
    no(
        "May the chatbot start a fine-tuning job?",
        asked("svc-chatbot-prod", action="fine_tuning.create", approvals=[]),
        "fine-tunes-approved:approval-needed",
        "key-scopes:scope-missing",
        "permissions:permission-missing",
        "zero-retention:state-kept",
    ),
    no(
        "May the platform team start a fine-tune alone?",
        asked(
            "user-platform-engineer",
            action="fine_tuning.create",
            project__id="proj-dev",
            actor__credential__project="proj-dev",
            approvals=[],
        ),
        "fine-tunes-approved:approval-needed",
        "obligation-unsupported",
    ),
    no(
        "May the platform team put files on staging?",
        asked("user-platform-engineer", action="files.create", model=None),
        "zero-retention:state-kept",
    ),
    # -- from where
    no(
        "May the chatbot call from a laptop?",
        asked("svc-chatbot-prod", source__ip="203.0.113.1"),
        "networks:address-not-allowed",
    ),
    no(
        "May the chatbot call over TLS 1.1?",
        asked("svc-chatbot-prod", source__tls_version="1.1"),
        "transport:tls-too-old",
    ),
    # -- with which model
    no(
        "May the chatbot use a reasoning model that production does not have?",
        asked("svc-chatbot-prod", model="o4-mini-2025-04-16"),
        "models:model-not-allowed",
    ),
    yes(
        "May the chatbot name a model without its date?",
        asked("svc-chatbot-prod", model="gpt-4.1"),
        advice="model-not-pinned",
    ),
    yes(
        "May a data scientist try a model that is under review?",
        asked("user-data-scientist", model="gpt-5"),
    ),
    no(
        "May an engineer build on a model that is under review?",
        asked("user-engineer-search", model="gpt-5"),
        "model-register:model-not-approved",
    ),
    no(
        "May anyone use a model that the provider took down?",
        asked("user-engineer-search", model="gpt-4.5-preview"),
        "model-register:model-not-approved",
        "model-register:model-retired",
    ),
    # -- with which prompt and tool
    no(
        "May the chatbot use the next version of its prompt already?",
        asked("svc-chatbot-prod", prompt=NEXT_PROMPT),
        "prompts:prompt-environment",
    ),
    yes(
        "May CI try the next version of the prompt?",
        asked("svc-cicd-staging", prompt=NEXT_PROMPT),
    ),
    yes(
        "May the chatbot offer the model to look up an order?",
        asked("svc-chatbot-prod", tools=[tool("function", "lookup_order")]),
    ),
    no(
        "May the chatbot let the model search the web?",
        asked("svc-chatbot-prod", tools=[tool("hosted", "web_search")]),
        "tools:tool-not-allowed",
    ),
    yes(
        "May an engineer let the model search the web?",
        asked("user-engineer-search", tools=[tool("hosted", "web_search")]),
    ),
    yes(
        "May the chatbot look up the customer in the CRM?",
        asked("svc-chatbot-prod", tools=[CRM]),
    ),
    no(
        "May the chatbot use a CRM that is somewhere else?",
        asked("svc-chatbot-prod", tools=[{**CRM, "host": "crm.example.net"}]),
        "egress:host-not-allowed",
    ),
    # -- with which key
    no(
        "May the chatbot use a key of 61 days?",
        asked("svc-chatbot-prod", actor__credential__created_at=DAYS_OLD[61]),
        "key-age-production:credential-too-old",
    ),
    yes(
        "May an engineer use a key of 61 days in development?",
        asked("user-engineer-search", actor__credential__created_at=DAYS_OLD[61]),
    ),
    no(
        "May a data scientist use a key of 91 days in the sandbox?",
        asked("user-data-scientist", actor__credential__created_at=DAYS_OLD[91]),
        "key-age:credential-too-old",
    ),
    no(
        "May the chatbot run on the platform lead's key?",
        asked("svc-chatbot-prod", actor__credential__owner="user-platform-lead"),
        "key-owner:owner-kind-not-allowed",
    ),
    no(
        "May the chatbot run on a key that may do everything?",
        asked("svc-chatbot-prod", actor__credential__scopes=["all"]),
        "key-scopes:scope-missing",
        "key-scopes:scope-too-wide",
    ),
    # -- to where
    no(
        "May EU customers' requests fail over to the US?",
        asked("svc-chatbot-prod", endpoint__id="azure-eus"),
        "residency:residency-violated",
    ),
    no(
        "May the APAC chatbot answer about a patient?",
        asked("svc-chatbot-apac", classification=["phi"]),
        "classes:class-not-admitted",
    ),
    yes(
        "May the US chatbot answer about a patient?",
        asked("svc-chatbot-us", classification=["phi"]),
    ),
    no(
        "May a data scientist try things with customers' data?",
        asked("user-data-scientist", classification=["pii"]),
        "classes:class-not-admitted",
    ),
    no(
        "May the provider keep the chatbot's answers?",
        asked("svc-chatbot-prod", action="responses", params__store=True),
        "zero-retention:response-stored",
    ),
    yes(
        "May the provider keep an engineer's answers?",
        asked("user-engineer-search", action="responses", params__store=True),
    ),
    # -- how much
    no(
        "May the chatbot send 200,000 tokens at once?",
        asked("svc-chatbot-prod", estimated_tokens=200000),
        "size:estimated-tokens-exceeded",
    ),
    # -- with what in it
    yes(
        "May a customer's card number be in a prompt?",
        asked("svc-chatbot-prod", messages=says("Refund the card 4111 1111 1111 1111.")),
        why="identifiers:pii-found",
    ),
    no(
        "May a password be in a prompt?",
        asked("svc-chatbot-prod", messages=says("Use AKIAIOSFODNN7EXAMPLE to log in.")),
        "secrets:pii-found",
    ),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine.load("openai-enterprise")
    yield engine
    engine.close()


def told(decision: Decision) -> tuple[str, ...]:
    """Every reason once, as rule and code; one of a missing fact with its pointer."""
    found = set()
    for reason in decision.reasons:
        if reason.rule == "audit-id":
            continue  # what every allowed call of production carries is no answer to a question
        if reason.code == "missing-fact":
            found.add(f"missing {reason.at}")
        else:
            found.add(f"{reason.rule}:{reason.code}".removeprefix(":"))
    return tuple(sorted(found))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
def test_the_answer_is_the_one_to_sign(engine: Engine, question: Question) -> None:
    given = deepcopy(question.request)
    decision = engine.evaluate(given, now=NOW, supports=question.supports)
    assert (decision.effect, told(decision)) == (question.effect, question.reasons)
    for reason in decision.reasons:
        assert reason.message
        if reason.rule:
            assert reason.remediation, reason.code
            assert reason.controls, reason.rule
    codes = {note.code for note in decision.advice}
    assert set(question.advice) <= codes


def test_every_question_is_another_one() -> None:
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)


def test_may_a_data_scientist_send_a_hundred_and_one_requests_in_a_minute() -> None:
    with Engine.load("openai-enterprise") as engine:
        answers = [
            engine.evaluate(asked("user-data-scientist", estimated_tokens=100), now=NOW)
            for _ in range(101)
        ]
        assert [one.effect for one in answers] == ["allow"] * 100 + ["deny"]
        assert told(answers[-1]) == ("rate:rate-exceeded",)
        later = asked("user-data-scientist", estimated_tokens=100)
        assert engine.evaluate(later, now="2026-05-25T12:01:01Z").effect == "allow"
