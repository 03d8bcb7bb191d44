"""How people are reached: e-mail addresses."""

from jurat.plugin import Detector

# names that look like a domain's end but are those of files: logo@2x.png
_FILES = frozenset(
    ["css", "gif", "html", "ico", "jpeg", "jpg", "js", "json", "png", "svg", "ts", "webp"]
)
_RESERVED = ("example.com", "example.net", "example.org", "example.edu")
_RESERVED_ENDS = ("example", "invalid", "localhost", "test")


def _is_email(value: str) -> bool:
    local, _, domain = value.rpartition("@")
    if len(local) > 64 or len(domain) > 253 or local == "git":
        return False
    labels = domain.split(".")
    if labels[-1].lower() in _FILES or ".." in local or local.endswith("."):
        return False
    return all(0 < len(part) < 64 and part[0] != "-" and part[-1] != "-" for part in labels)


def _is_reserved(value: str) -> bool:
    domain = value.rpartition("@")[2].lower()
    ends = any(domain == name or domain.endswith("." + name) for name in _RESERVED)
    return ends or domain.rpartition(".")[2] in _RESERVED_ENDS


DETECTORS = (
    Detector(
        id="email",
        entity="EMAIL_ADDRESS",
        patterns=(
            (
                # letters that are not ASCII stand as `?`, one or two within a name: Müller
                r"(?P<value>[A-Za-z0-9_][A-Za-z0-9._%+'-]*(?:\?{1,2}[A-Za-z0-9._%+'-]+)*@"
                r"[A-Za-z0-9-]+(?:\?{1,2}[A-Za-z0-9-]+)*(?:\.[A-Za-z0-9-]+(?:\?{1,2}[A-Za-z0-9-]+)*)*"
                r"\.[A-Za-z]{2,24})(?:[^A-Za-z0-9]|$)"
            ),
        ),
        confidence="high",
        validator=_is_email,
        checksum=False,
        documentation=_is_reserved,
        examples=(
            "write to maria.keller@stadtwerke-nord.de.",
            "<o'neil+billing@mail.river-bank.co.uk>",
            "user_id=ann@farmhouse.org_2",
            "jörg.müller@bäckerei-nord.de",
        ),
        counter_examples=("img/logo@2x.png", "git@codehost.org:team/repo", "decorate @app.route"),
        source="RFC 5321, section 4.1.2; RFC 2606 for reserved names",
    ),
)
