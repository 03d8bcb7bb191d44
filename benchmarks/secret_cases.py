"""Keys where people leave them, and what looks like keys and is none."""

import random
from collections.abc import Sequence

from jurat.plugin import Detector

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALNUM = _LOWER + _LOWER.upper() + "0123456789"
_HEX = "0123456789abcdef"
# Where a key stands; `{}` is the key.
_PLACES = (
    "export SERVICE_KEY={}",
    'key = "{}"',
    '{{"credentials": {{"value": "{}"}}}}',
    "- name: TOKEN\n  value: {}\n",
    "curl -H 'Authorization: Bearer {}' https://api.service.net/v1",
    "2024-03-11 10:22:31 ERROR request with {} was refused",
    "use this one for now: {}, I'll rotate it later",
    "client = Client('{}')",
    "https://api.service.net/v1/items?key={}&page=2",
    "内部密钥是{}。",
)
# Names and the shapes of values that have no form of their own.
_NAMED = (
    ("DB_PASSWORD={}", 14, _ALNUM + "!#%+-_"),
    ("password: {}", 12, _ALNUM + "!?%"),
    ("MYSQL_ROOT_PASSWORD: '{}'", 16, _ALNUM),
    ('"clientSecret": "{}"', 32, _ALNUM),
    ("api_key = '{}'", 32, _HEX),
    ("secret_key={}", 40, _ALNUM),
    ("AUTH_TOKEN={}", 36, _ALNUM),
    ("<password>{}</password>", 14, _ALNUM),
    ("--password {} --host db1", 14, _ALNUM),
    ("PGPASSWORD={} psql -h db1", 14, _ALNUM),
    ("the password is {}", 12, _ALNUM + "!?%"),
    ("Authorization: Bearer {}", 40, _ALNUM),
    ("spring.datasource.password={}", 15, _ALNUM),
    ("ENCRYPTION_KEY={}", 64, _HEX),
    ("smtp_pass: {}", 13, _ALNUM),
    ("ENV SERVICE_TOKEN {}", 40, _ALNUM),
    ('<add key="ServiceApiKey" value="{}"/>', 40, _ALNUM),
    ("curl -s -u app:{} https://api.service.net", 32, _ALNUM),
    ("const vendorSecret = `{}`;", 40, _ALNUM + "_-"),
    ("'vendor_access_token' => '{}'", 40, _HEX),
    ("--from-literal=vendor-token={}", 36, _ALNUM),
    ("mongodb+srv://app:{}@cluster0.inner.net/main", 16, _ALNUM),
    ("postgresql://app:{}@10.0.0.5:5432/main", 14, _ALNUM),
    ("redis://:{}@cache.inner.net:6379/0", 20, _ALNUM),
    ("amqps://worker:{}@mq.inner.net/vhost", 18, _ALNUM),
    ("Server=db1;Database=main;User Id=app;Password={};", 14, _ALNUM),
)
_LOOKALIKES = (
    "commit {hex40}",
    "sha256:{hex64}",
    "md5 = {hex32}",
    '"integrity": "sha512-{b86}=="',
    'etag: W/"{hex32}"',
    "request_id={hex8}-{hex4}-4{hex3}-8{hex3}-{hex12}",
    "trace_id: {hex32}",
    "api_key = YOUR_API_KEY",
    "API_KEY=your-api-key-here",
    "api_key: <insert your key here>",
    "password = os.environ['DB_PASSWORD']",
    "PASSWORD=${{DB_PASSWORD}}",
    "token: ${{{{ secrets.GITHUB_TOKEN }}}}",
    "password: {{{{ vault_db_password }}}}",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "AKIAIOSFODNN7" + "EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "password: changeme",
    "password=********",
    "secret = get_secret('db/main')",
    "token = request.headers['X-Token']",
    "const token = await getAccessToken(userId);",
    "self.api_key = settings.service_api_key",
    "key: primary_key_of_the_users_table",
    "public_key = {b43}=",
    "ssh-rsa AAAAB3NzaC1yc2E{b86}",
    "-----BEGIN PUBLIC KEY-----\n{b64}\n-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n{b64}\n-----END CERTIFICATE-----",
    "data:image/png;base64,iVBORw0KGgo{b86}",
    "pk_live_{an24}",
    "nonce={hex16}",
    "checksum {hex40} ok",
    "docker pull app@sha256:{hex64}",
    "https://cdn.service.net/app.{hex20}.js",
    "session cookie name: sid_{d10}",
    "id: {an22}",
    "cursor={b43}=",
    "uuid {hex8}-{hex4}-4{hex3}-a{hex3}-{hex12}",
    "build {hex7} of branch main",
    "the token count was {d5}",
    "max_tokens={d4}",
    "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
    "password_reset_url = '/accounts/password/reset/'",
    "secretName: db-credentials-prod",
    "keyVaultName: kv-main-westeurope-01",
    "token_type: bearer_token_v2",
    "API_KEY=null",
    "api_key: test",
    "password: 'password'",
    "password: hunter_of_the_lost_ark",
    "access_token = None",
    "passwordField.setText(generatePassword(16));",
    "encryption_key_id: arn:aws:kms:eu-west-1:{d12}:key/{hex8}-{hex4}-4{hex3}-8{hex3}-{hex12}",
    "X-Api-Key: {{{{api_key}}}}",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $ACCESS_TOKEN",
    "postgres://user:password@localhost/db",
    "mongodb://<username>:<password>@cluster.mongodb.net",
    "redis://user:${{REDIS_PASSWORD}}@cache:6379",
    "https://user:pass@example.com/",
    "SECRET_KEY = 'django-insecure-change-me'",
    "npm_config_registry=https://packages.acme.example/npm/",
    "hf_hub_download(repo_id='org/model')",
    "glpat-xxxxxxxxxxxxxxxxxxxx",
    "xoxb-your-bot-token-here",
    "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
)
_RANDOM = {
    **{f"hex{n}": (_HEX, n) for n in (3, 4, 7, 8, 12, 16, 20, 32, 40, 64)},
    **{f"b{n}": (_ALNUM + "+/", n) for n in (43, 64, 86)},
    **{f"an{n}": (_ALNUM, n) for n in (22, 24)},
    **{f"d{n}": ("0123456789", n) for n in (4, 5, 10, 12)},
}
Case = tuple[str, str, int, int]


def secrets(detectors: Sequence[Detector], chance: random.Random) -> list[Case]:
    """Texts with a key: the kind, the text, and the span of the key."""
    made: list[Case] = []
    for detector in detectors:
        if detector.entity != "SECRET":
            continue
        for example in detector.examples:
            if example.startswith("KEY="):  # the key alone; other examples bring their own place
                key = example.removeprefix("KEY=")
                for place in chance.sample(_PLACES, 3):
                    made.append(_placed(detector.id, place, key))
            else:
                made.append((detector.id, example, 0, len(example)))
    for place, size, alphabet in _NAMED:
        for _ in range(6):
            key = "".join(chance.choices(alphabet, k=size))
            made.append(_placed("by its name", place, key))
    return made


def _placed(kind: str, place: str, key: str) -> Case:
    start = len(place[: place.index("{}")].replace("{{", "{"))
    return kind, place.format(key), start, start + len(key)


def lookalikes(chance: random.Random, each: int = 4) -> list[str]:
    """Texts without a secret."""
    return [
        form.format(**{n: "".join(chance.choices(a, k=k)) for n, (a, k) in _RANDOM.items()})
        for form in _LOOKALIKES
        for _ in range(each if "{hex" in form or "{b" in form or "{an" in form else 1)
    ]
