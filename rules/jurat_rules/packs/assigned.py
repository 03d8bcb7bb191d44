"""Secrets that their surroundings give away: URLs with a password, names with a value."""

import re

from jurat.plugin import Detector

from ._values import ALNUM, HEX, entropy, made

_LEAST_ENTROPY = 3.0  # bits per character; English words of this length stay below
_PLACEHOLDER = re.compile(
    r"your|change_?me|example|placeholder|dummy|sample|redacted|replace|insert|todo|xxxx|\*\*\*\*"
    r"|^(?:null|none|true|false|undefined|password|secret|token)\b|environ|getenv|process\.env"
    r"|^\$|\$\{|\{\{|%\(|^<|>$",
    re.IGNORECASE,
)
# get_token, self.settings.token, Config.API_KEY: a reference, not a value
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z_]*(?:[./:-]+[A-Za-z_]+[0-9]?)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PATH = re.compile(r"(?:\.{0,2}/|[A-Za-z]+://)")

# Names that end in "key" and name no secret.
_NO_SECRETS = (
    "public primary foreign cache partition object sort row hash idempotency s3 storage data index"
    " lookup registry translation i18n message dictionary config property map group issue project"
    " publishable site redis routing"
)
_OTHER_KEYS = tuple(f"{n}{m}key" for n in _NO_SECRETS.split() for m in ("_", "-", ".", " ", ""))

_NAME = (
    r"(?i:pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|[_.-]pass|(?:api|access|app|auth"
    r"|account|client|consumer|cookie|crypt|db|deploy|encryption|hmac|jwt|license|master|private"
    r"|sas|secret|service|session|shared|signing|ssh|subscription|webhook)"
    r"[_.-]?(?:key|secret|token|pass|auth))"
)
_IS = r"\\?[\"']?[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4}\\?[\"'`]?"


def _is_secret(value: str) -> bool:
    if _PLACEHOLDER.search(value) or _REFERENCE.fullmatch(value):
        return False
    if _DATE.match(value) or _PATH.match(value) or len(set(value)) < 6:
        return False
    kinds = sum(
        any(test(c) for c in value)
        for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    )
    # eight characters can't reach more than three bits
    least = _LEAST_ENTROPY if len(value) >= 10 else 2.5
    return kinds >= 2 and any(c.isalpha() for c in value) and entropy(value) >= least


def _is_told_secret(value: str) -> bool:
    """In a sentence a word with a number after it is more likely than a secret."""
    value = value.rstrip(".!?")
    between = any(c.isdigit() for c in value.rstrip("0123456789"))
    symbols = any(not c.isalnum() and c not in "-./:" for c in value)
    return (between or symbols) and any(c.isdigit() for c in value) and _is_secret(value)


def _password(url: str) -> str:
    return url.partition("://")[2].rpartition("@")[0].partition(":")[2]


def _has_password(value: str) -> bool:
    password = _password(value)
    return not any(mark in password for mark in ("${", "{{", "%(", "$(")) and password[:1] != "$"


def _is_shown_password(value: str) -> bool:
    password = _password(value).lower()
    shown = ("password", "pass", "pw", "pwd", "passwd", "secret", "xxx", "****", "changeme")
    host = value.rpartition("@")[2].partition(":")[0].lower()
    return (
        password in shown
        or "example" in password
        or host.endswith(("example.com", "example.org", "example.net", ".example"))
    )


def _is_mixed(value: str) -> bool:
    tests = (str.islower, str.isupper, str.isdigit)
    return all(any(test(c) for c in value) for test in tests) and entropy(value) >= 4.0


def _says_example(value: str) -> bool:
    return "EXAMPLE" in value.upper()


def _is_key(value: str) -> bool:
    """Letters and digits as if thrown: no words, dates, versions or paths."""
    plain = value.rstrip("=")
    letters, numbers = sum(map(str.isalpha, plain)), sum(map(str.isdigit, plain))
    hexadecimal = all(c in "0123456789abcdefABCDEF-" for c in plain)
    return (
        _is_secret(value)
        and letters >= 4
        and numbers >= 3
        and entropy(plain) >= (3.2 if hexadecimal else 3.7)
    )


DETECTORS = (
    Detector(
        id="basic-auth-url",
        entity="SECRET",
        patterns=(
            (
                r"(?P<value>[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:\"'<>`]*:[^\s/?#@\"'<>`]+"
                r"@[A-Za-z0-9][A-Za-z0-9._-]*(?::[0-9]{1,5})?)"
            ),
        ),
        confidence="high",
        validator=_has_password,
        checksum=False,
        documentation=_is_shown_password,
        examples=(
            "postgres://app:" + made(12) + "@db.inner.net:5432/main",
            "https://:" + made(16) + "@cache.inner.net",
        ),
        counter_examples=(
            "https://host:8080/a@b",
            "https://user@host.net/",
            "redis://u:${REDIS_PASSWORD}@cache",
        ),
        source="RFC 3986, section 3.2.1",
    ),
    Detector(
        id="assignment",
        entity="SECRET",
        patterns=(
            (
                rf"{_NAME}{_IS}(?P<value>[^\s\"'`,;()\[\]<>{{}}\\]{{8,200}})"
                r"(?:[\s\"'`,;)\]}<\\]|$)"
            ),
            # <password>…</password>, --password …
            rf"<[A-Za-z:_.-]{{0,20}}{_NAME}>(?P<value>[^\s<>]{{8,200}})</",
            rf"--?[a-z-]{{0,20}}{_NAME}[ =](?P<value>[^\s\"'`,;()<>{{}}\\-][^\s\"'`,;()<>{{}}\\]{{7,200}})",
        ),
        confidence="medium",
        validator=_is_secret,
        checksum=False,
        documentation=_says_example,
        examples=(
            "DB_PASSWORD=" + made(14),
            'clientSecret: "' + made(32, HEX) + '",',
            '{\\"api_key\\": \\"' + made(24) + '\\"}',
            "password: Tr0ub4dor&3x",
            "smtp_pass: " + made(14),
            "<password>" + made(14) + "</password>",
            "mysql --password " + made(14) + " -h db1",
        ),
        counter_examples=(
            "password = get_password(user)",
            "token: config.auth.token",
            "api_key=YOUR_API_KEY_123",
            "max_tokens: 40960000",
            "secret = os.environ['SECRET_1']",
            "password: correcthorsebattery",
            "token=${CI_TOKEN_2}",
            "password: <your-password-1>",
        ),
        source="what configuration files, shells and JSON look like; entropy as a guard",
    ),
    Detector(
        id="assignment.key",
        entity="SECRET",
        patterns=(
            (
                rf"[A-Za-z0-9][_.-]?(?i:key|_pat|_auth|_api){_IS}"
                r"(?P<value>[A-Za-z0-9_+/=.-]{20,200})(?:[\s\"'`,;)\]}<\\]|$)"
            ),
        ),
        confidence="medium",
        validator=_is_key,
        checksum=False,
        unlike=_OTHER_KEYS,
        documentation=_says_example,
        examples=("SERVICE_KEY=" + made(32), 'vendorKey: "' + made(40, HEX) + '"'),
        counter_examples=(
            "public_key = " + made(43),
            "cache_key=" + made(32, HEX),
            "primary_key: users_by_mail_and_name_2",
            "monkey = " + "a" * 30,
        ),
        source="what configuration files, shells and JSON look like; entropy as a guard",
    ),
    Detector(
        id="assignment.spaced",
        entity="SECRET",
        patterns=(
            (
                r"[A-Z0-9]_(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASS|PWD)[ \t]{1,4}[\"']?"
                r"(?P<value>[^\s\"'`,;()\[\]<>{}\\$]{12,200})(?:[\s\"'`,;)\]}<\\]|$)"
            ),
            (
                rf"(?i:key|name)=[\"'][A-Za-z0-9_.:-]{{0,40}}{_NAME}[\"'][ \t]{{1,4}}(?i:value)="
                r"[\"'](?P<value>[^\s\"'<>]{8,200})[\"']"
            ),
            (
                r"curl [^\n|;]{0,120}(?:-u|--user)[ =][\"']?[A-Za-z0-9_.@+-]{1,64}:"
                r"(?P<value>[^\s\"'`,;()<>{}\\$]{8,200})"
            ),
        ),
        confidence="medium",
        validator=_is_key,
        checksum=False,
        unlike=_OTHER_KEYS,
        documentation=_says_example,
        examples=(
            "ENV SERVICE_TOKEN " + made(32),
            '<add key="ServiceApiKey" value="' + made(32) + '"/>',
            "curl -s -u app:" + made(24) + " https://api.inner.net",
        ),
        counter_examples=(
            "unset SERVICE_TOKEN and_go_on_with_it",
            '<add key="ServiceUrl" value="' + made(32) + '"/>',
            "curl -u user:$PASSWORD1234567 https://api.inner.net",
        ),
        source="Dockerfiles, shells, XML settings and curl(1)",
    ),
    Detector(
        id="azure.sas",
        entity="SECRET",
        patterns=(r"[?&]sig=(?P<value>[A-Za-z0-9%+/]{40,70}(?:%3[Dd]|=))(?:[^A-Za-z0-9]|$)",),
        confidence="high",
        documentation=_says_example,
        examples=("https://acct.blob.core.windows.net/c?sv=2024-11-04&sig=" + made(43) + "%3D",),
        counter_examples=("https://host.net/?sig=abc%3D",),
        source="Microsoft Learn, shared access signatures",
    ),
    Detector(
        id="wireguard",
        entity="SECRET",
        patterns=(
            r"(?:PrivateKey|PresharedKey) ?= ?(?P<value>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)",
        ),
        confidence="high",
        documentation=_says_example,
        examples=("PrivateKey = " + made(42) + "A=",),
        counter_examples=("PublicKey = " + made(42) + "A=", "PrivateKey = x="),
        source="wireguard.com, wg(8): base64 of 32 bytes",
    ),
    Detector(
        id="putty",
        entity="SECRET",
        patterns=(
            r"PuTTY-User-Key-File-[23]:(?P<value>[A-Za-z0-9+/=:.@\s-]+Private-MAC: [0-9a-f]{40,64})",
        ),
        confidence="high",
        examples=(
            "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\n"
            + made(40)
            + "\nPrivate-Lines: 1\n"
            + made(40)
            + "\nPrivate-MAC: "
            + made(40, HEX),
        ),
        counter_examples=("PuTTY-User-Key-File-2: ssh-rsa",),
        source="PuTTY User Manual, appendix C",
    ),
    Detector(
        id="bearer",
        entity="SECRET",
        patterns=(
            (
                r"(?i:authorization|bearer)[\"']?[:=]?[ \t\"']{1,4}(?i:bearer |token |basic )?"
                r"(?P<value>[A-Za-z0-9._~+/=-]{16,400})(?:[^A-Za-z0-9._~+/=-]|$)"
            ),
        ),
        confidence="medium",
        validator=_is_secret,
        checksum=False,
        documentation=_says_example,
        examples=(
            "Authorization: Bearer " + made(32),
            "curl -H 'authorization: Basic " + made(24) + "=='",
        ),
        counter_examples=(
            "Authorization: Bearer YOUR_ACCESS_TOKEN",
            "a bearer authentication-scheme",
        ),
        source="RFC 6750, section 2.1; RFC 7617, section 2",
    ),
    Detector(
        id="told",
        entity="SECRET",
        patterns=(
            (
                r"(?i:password|passphrase|secret|token|(?:api|access|secret|private)[ _-]?key)"
                r"(?i: (?:is|was|set to|to|as|for [A-Za-z ]{1,24} is))[ :]{1,3}[\"'`]?"
                r"(?P<value>[^\s\"'`,;()<>]{8,200})"
            ),
        ),
        confidence="medium",
        validator=_is_told_secret,
        checksum=False,
        documentation=_says_example,
        examples=("the password is Tr0ub4dor&3x", "my API key is " + made(32, HEX)),
        counter_examples=("the password is required-for-login", "the token was invalidated2"),
        source="how people write it in sentences",
    ),
    Detector(
        id="aws.secret-access-key",
        entity="SECRET",
        patterns=(r"(?:^|[^A-Za-z0-9/+=]|=)(?P<value>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",),
        validator=_is_mixed,
        checksum=False,
        needs_context=True,
        context=(
            "aws",
            "aws_secret_access_key",
            "aws_secret_key",
            "secret_access_key",
            "secretaccesskey",
            "secret access key",
        ),
        documentation=_says_example,
        examples=(
            "aws_secret_access_key=" + made(40, ALNUM + "/+"),
            "our AWS secret: " + made(40, ALNUM + "/+"),
        ),
        counter_examples=(
            "digest " + made(40, ALNUM + "/+"),
            "aws commit " + made(40, HEX),
        ),
        source="AWS IAM User Guide, managing access keys",
    ),
    Detector(
        id="azure.account-key",
        entity="SECRET",
        patterns=(r"(?:AccountKey|SharedAccessKey)=(?P<value>[A-Za-z0-9+/]{42,88}={1,2})",),
        confidence="high",
        documentation=_says_example,
        examples=("AccountName=x;AccountKey=" + made(86, ALNUM + "/+") + "==;",),
        counter_examples=("AccountKey=abc==",),
        source="Microsoft Learn, Azure Storage connection strings",
    ),
    Detector(
        id="azure.key",
        entity="SECRET",
        patterns=(
            r"(?:^|[^A-Za-z0-9])(?P<value>[0-9a-f]{32})(?:[^A-Za-z0-9-]|$)",
            r"(?:^|[^A-Za-z0-9])(?P<value>[A-Za-z0-9]{84})(?:[^A-Za-z0-9-]|$)",
        ),
        needs_context=True,
        context=(
            "azure_openai_api_key",
            "azure_openai_key",
            "azure openai key",
            "azure api key",
            "azure_api_key",
            "ocp-apim-subscription-key",
            "subscription key",
            "azure key",
        ),
        examples=(
            "AZURE_OPENAI_API_KEY=" + made(32, HEX),
            "Ocp-Apim-Subscription-Key: " + made(84),
        ),
        counter_examples=("md5 " + made(32, HEX),),
        source="Microsoft Learn, Azure AI services, authenticate requests",
    ),
)
