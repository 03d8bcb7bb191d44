"""Keys and tokens that providers give out, by their prefix and shape."""

from jurat.plugin import Detector

from ._values import ALNUM, UPPER, made

_KEY = ALNUM + "-_"
# Before and after a key: not in the middle of another word, but after `_` and `=`.
_B = r"(?:^|[^A-Za-z0-9])"
_E = r"(?:[^A-Za-z0-9_-]|$)"


def _is_placeholder(value: str) -> bool:
    """A value that documentation shows: AKIA…EXAMPLE, sk-xxxxxxxx."""
    tail = value[-20:].lower()
    return "example" in value.lower() or len(set(tail)) <= 3


def _key(
    provider: str,
    pattern: str,
    *examples: str,
    against: tuple[str, ...] = (),
    source: str = "",
) -> Detector:
    """A key whose prefix says what it is."""
    return Detector(
        id=provider,
        entity="SECRET",
        patterns=(f"{_B}(?P<value>{pattern}){_E}",),
        confidence="high",
        documentation=_is_placeholder,
        examples=tuple(f"KEY={example}" for example in examples),
        counter_examples=against,
        source=source,
    )


DETECTORS = (
    _key(
        "openai",
        r"sk-(?:(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,200}|[A-Za-z0-9]{32,64}"
        r"|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
        "sk-" + made(48),
        "sk-proj-" + made(120, _KEY),
        "sk-svcacct-" + made(64, _KEY),
        "sk-admin-" + made(64, _KEY),
        against=("task-management-and-planning", "sk-learn sk-proj-demo"),
        source="platform.openai.com, API keys",
    ),
    _key(
        "anthropic",
        r"sk-ant-(?:[a-z]{2,8}[0-9]{2}-)?[A-Za-z0-9_-]{24,160}",
        "sk-ant-api03-" + made(93, _KEY) + "AA",
        "sk-ant-admin01-" + made(93, _KEY) + "AA",
        against=("sk-ant-api03-short",),
        source="docs.claude.com, API keys",
    ),
    _key(
        "aws.access-key-id",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        "AKIA" + made(16, UPPER + "234567"),
        "ASIA" + made(16, UPPER + "234567"),
        against=("AKIA" + made(15, UPPER), "AKIA" + made(17, UPPER)),
        source="AWS IAM User Guide, IAM identifiers, unique ids",
    ),
)
