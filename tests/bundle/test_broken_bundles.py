"""Broken bundles: each mistake has its code, its place and its help."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest

from jurat.authoring.lint import Settings, look
from jurat.bundle import Bundle, BundleError, Diagnostic, load_bundle, read_bundle


class Row(NamedTuple):
    """In `file`, `old` becomes `new` (the whole file where `old` is empty)."""

    file: str
    old: str
    new: str
    code: str
    line: int
    column: int
    says: str = ""
    """Part of the message or the help."""


A = "rules/a.yaml"
B = "rules/b.yaml"
M = "bundle.yaml"
ACCOUNTS = "data/service_accounts.yaml"
PROJECTS = "data/projects.yaml"
ENDPOINTS = "data/endpoints.yaml"
DETECTORS = "detectors/a.yaml"
WAIVERS = "waivers.yaml"
CASES = "tests/a.yaml"


def rule(text: str) -> str:
    """A file of one rule whose keys after the first five are `text`, on line 6."""
    return (
        "- id: x\n  title: X\n  kind: model.allowlist\n  effect: deny\n  severity: low\n"
        f"  {text}\n"
    )


def expression(text: str, effect: str = "deny") -> str:
    return (
        f"- id: x\n  title: X\n  kind: expression\n  effect: {effect}\n  severity: low\n  {text}\n"
    )


FORM = [
    Row(M, "revision: 1", "revision:\t1", "JB006", 3, 10, "spaces"),
    Row(M, "acme-ai", "acme\x01", "JB007", 1, 11, "U+0001"),
    Row(M, "acme-ai", "acme\ud800", "JB004", 1, 11, "UTF-8"),
    Row(M, "revision: 1", "revision: 1\nname: b", "JB008", 4, 1, "line 1"),
    Row(M, "revision: 1", "revision: &r 1", "JB009", 3, 11, "&r is an anchor"),
    Row(M, "revision: 1", "revision: *r", "JB009", 3, 11, "alias"),
    Row(M, "acme-ai", "!!str acme", "JB009", 1, 7, "tag"),
    Row(M, "acme-ai", "! acme", "JB009", 1, 7, "tag"),
    Row(M, "revision: 1", "<<: {}", "JB009", 3, 1, "merge key"),
    Row(M, "", "name: a\n---\nname: b\n", "JB009", 2, 1, "another document"),
    Row(M, "acme-ai", "a: b", "JB005", 1, 8, "quotes"),
    Row(M, "acme-ai", "[a", "JB005", 2, 8),
    Row(M, "acme-ai", "@a", "JB005", 1, 7, "quotes"),
    Row(M, "acme-ai", "[" * 70 + "]" * 70, "JB010", 1, 70, "64"),
    Row(M, "currency: USD", "1: USD", "JB012", 5, 1, '"1"'),
    Row(M, "currency: USD", "true: USD", "JB012", 5, 1, '"true"'),
    Row(M, "currency: USD", "[a]: USD", "JB012", 5, 1, "not a list"),
    Row(M, "revision: 1", "revision: 9223372036854775808", "JB013", 3, 11, "64 bits"),
    Row(M, "revision: 1", "revision: " + "9" * 5000, "JB013", 3, 11, "64 bits"),
    Row(A, "severity: info", "severity: .inf", "JB013", 5, 13, "finite"),
]

MANIFEST = [
    Row(M, "", "", "JB015", 0, 0, "empty"),
    Row(M, "", "- a\n", "JB022", 1, 1, "mapping"),
    Row(M, "revision: 1", "revison: 1", "JB020", 3, 1, "`revision`"),
    Row(M, "name: acme-ai\n", "", "JB021", 1, 1, "`name`"),
    Row(M, "acme-ai", "acme/ai", "JB024", 1, 7, "letters"),
    Row(M, "1.0.0", "1.0", "JB024", 2, 10, "1.0.0"),
    Row(M, "1.0.0", "1.0.0.0", "JB024", 2, 10, "1.0.0"),
    Row(M, "1.0.0", "01.0.0", "JB024", 2, 10, "1.0.0"),
    Row(M, "revision: 1", "revision: '1'", "JB022", 3, 11, "whole number"),
    Row(M, "revision: 1", "revision: -1", "JB024", 3, 11, "at least 0"),
    Row(M, "currency: USD", "mode: shadwo", "JB023", 5, 7, "`shadow`"),
    Row(M, "USD", "dollar", "JB024", 5, 11, "USD"),
    Row(M, "credentials: 6h", "credential: 6h", "JB020", 4, 17, "`credentials`"),
    Row(M, "credentials: 6h", "credentials: 6", "JB024", 4, 30, "units"),
    Row(M, "{credentials: 6h}", "[6h]", "JB022", 4, 16, "a list"),
    Row(M, "type: list(string)", "type: list", "JB023", 6, 31, "list(string)"),
    Row(M, "value: [gpt-4.1]", "value: gpt-4.1", "JB022", 6, 52, "list(string)"),
    Row(M, ", value: [gpt-4.1]", "", "JB021", 6, 14, "`value`"),
    Row(M, "{type: list(string), value: [gpt-4.1]}", "60d", "JB022", 6, 24, "duration"),
    Row(M, "until: timestamp", "until: time", "JB023", 7, 41, "timestamp"),
    Row(M, "until: timestamp", "Until: timestamp", "JB024", 7, 34, "lower case"),
    Row(M, "until: timestamp", "in: timestamp", "JB024", 7, 34, "CEL"),
    Row(M, "until: timestamp", "id: string", "JB024", 7, 34, "take it out"),
    Row(M, "tables: {drill", "tables: {projects", "JB024", 7, 10, "standard"),
    Row(M, "/params/store", "params.store", "JB091", 8, 10, "/params/store"),
    Row(M, "/params/store", "/params/stor", "JB091", 8, 10, "`store`"),
    Row(M, "/params/store", "/params", "JB091", 8, 10, "one by one"),
    Row(M, "/params/store", "/messages/0/role", "JB091", 8, 10, "list"),
    Row(M, "store: false", "store: 3", "JB091", 8, 25, "cannot be"),
    Row(M, "/params/store: false", "/project/residency: eux", "JB023", 8, 30, "`eu`"),
    Row(M, "currency: USD", "requires: {jurat: '>=99'}", "JB090", 5, 19, ">=99"),
    Row(M, "currency: USD", "requires: {jurat: latest}", "JB024", 5, 19, ">=0.1"),
    Row(M, "currency: USD", "requires: {plugins: [rule]}", "JB090", 5, 22, "`rules`"),
    Row(M, "currency: USD", "requires: {plugins: {rules: <1.4}}", "JB090", 5, 22, "1.4.0"),
    Row(M, "currency: USD", "requires: {plugins: [globex]}", "JB032", 5, 22, "globex_rules"),
]

RULES = [
    Row(A, "", "id: x\n", "JB022", 1, 1, "list"),
    Row(A, "", "- x\n", "JB022", 1, 3, "mapping"),
    Row(A, "severity: info", "sevrity: info", "JB020", 5, 3, "`severity`"),
    Row(A, "  severity: info\n", "", "JB021", 1, 3, "`severity`"),
    Row(A, "severity: info", "severity: hihg", "JB023", 5, 13, "`high`"),
    Row(A, "severity: info", "severity: High", "JB023", 5, 13, "`high`"),
    Row(A, "effect: permit", "effect: allow", "JB023", 4, 11, "permit"),
    Row(A, "id: callers", "id: eu/callers", "JB024", 1, 7, "letters"),
    Row(A, "id: callers", "id: 7", "JB022", 1, 7, '"7"'),
    Row(A, "title: Registered callers", "title: ''", "JB024", 2, 10, "empty"),
    Row(A, "id: models", "id: callers", "JB030", 7, 7, "rules/a.yaml:1:7"),
    Row(B, "id: key-age", "id: models", "JB030", 1, 7, "rules/a.yaml:7:7"),
    Row(A, "model.allowlist", "model.alowlist", "JB031", 9, 9, "`model.allowlist`"),
    Row(A, "model.allowlist", "globex.window", "JB032", 9, 9, "globex_rules"),
    Row(A, "", expression("when: 'true'", "redact"), "JB033", 4, 11, "permit, deny"),
    Row(A, "", rule("params: {models: []}").replace("deny", "permit"), "JB033", 4, 11,
        "kind: expression, effect: permit"),
    Row(B, "effect: deny", "effect: advise", "JB033", 5, 11, "admits deny"),
    Row(B, "[request, org_state]", "[request, response]", "JB034", 4, 17, "request, org_state"),
    Row(B, "[request, org_state]", "[request, org-state]", "JB023", 4, 17, "`org_state`"),
    Row(B, "[request, org_state]", "[]", "JB024", 4, 7, "response"),
    Row(A, "when: request.actor.id in data.service_accounts", "when: 'true'\n  on: response",
        "JB034", 7, 7, "a permit lets requests in"),
    Row(A, "", expression("when: 'true'\n  on: [org_state]"), "JB034", 7, 8, "over:"),
    Row(A, "", expression("when: 'true'\n  over: credential"), "JB035", 7, 3, "on: [org_state]"),
    Row(A, "", expression("when: 'true'\n  over: key\n  on: org_state"), "JB023", 7, 9, "one of"),
    Row(A, "", expression("when: 'true'\n  over: invite\n  on: [request]"), "JB034", 8, 8,
        "judges org_state"),
    Row(A, "", rule("params: {models: []}\n  over: credential"), "JB035", 7, 3, "itself"),
    Row(A, "", expression("when: 'true'\n  over: credential\n  on: [request]", "permit"), "JB035",
        7, 3, "judges requests"),
    Row(A, "", expression("when: 'true'\n  mode: warn", "permit"), "JB035", 7, 3, "permit"),
    Row(A, "", expression("when: 'true'\n  on_error: ignore", "advise"), "JB035", 7, 3,
        "deny rules"),
    Row(A, "", rule("params: {models: []}\n  on_error: allow"), "JB023", 7, 13, "ignore"),
    Row(A, "", rule("params: {models: []}\n  waivable: no"), "JB022", 7, 13, "true or false"),
    Row(A, "", rule("params: {models: []}\n  controls: CC6.1"), "JB022", 7, 13, "[CC6.1]"),
    Row(A, "", rule("params: {models: []}\n  controls: [CC6.1]"), "JB024", 7, 14, "SOC2:CC6.1"),
    Row(A, "", expression("title2: x"), "JB020", 6, 3, "`title`"),
    Row(A, "  when: request.actor.id in data.service_accounts\n", "", "JB021", 1, 3, "`when`"),
    Row(A, "when: request", "when: >\n    request", "JB011", 6, 9, "|"),
    Row(A, "when: request.actor.id in data.service_accounts", "when: ''", "JB040", 6, 9, "empty"),
    Row(A, "when: request.actor.id in data.service_accounts", "when: 3", "JB022", 6, 9, '"3"'),
]  # fmt: skip

OBLIGATIONS = [
    Row(A, "", expression("when: 'true'", "require"), "JB021", 4, 11, "header"),
    *(
        Row(A, "", expression(f"when: 'true'\n  obligation: {text}", "require"), code, 7, column,
            says)
        for text, code, column, says in (
            ("true", "JB041", 15, "header"),
            ("{}", "JB041", 15, "header"),
            ("{routes: [a]}", "JB020", 16, "`route`"),
            ("{route: []}", "JB041", 23, "none"),
            ("{route: a}", "JB022", 23, "[a]"),
            ("{hold_stream: false}", "JB041", 29, "leave it out"),
            ("{header: {name: X-A}}", "JB021", 24, "`value`"),
            ("{header: {name: 'X A', value: b}}", "JB024", 31, "letters"),
            ('{header: {name: X-A, value: "a\\nb"}}', "JB024", 43, "printable"),
            ("{route: [a], hold_stream: true}", "JB041", 15, "four forms"),
        )
    ),
    Row(A, "", rule("params: {models: []}\n  obligation: {hold_stream: true}"), "JB035", 7, 3,
        "require"),
]  # fmt: skip

PARAMS = [
    Row(A, "", rule("waivable: true"), "JB036", 1, 3, "`models`"),
    Row(A, "", rule("params: [a]"), "JB022", 6, 11, "mapping"),
    Row(A, "", rule("params: {model: [a]}"), "JB036", 6, 12, "`models`"),
    Row(A, "", rule("params: {models: a}"), "JB036", 6, 20, "[a]"),
    Row(A, "", rule("params: {models: [a, 4.1]}"), "JB036", 6, 24, '"4.1"'),
    Row(A, "", rule("params: {models: [' a']}"), "JB036", 6, 21, "blank at an end"),
    Row(A, "", rule("params: {models: [], networks: x}"), "JB036", 6, 34, "or a mapping"),
    Row(A, "", rule("params: {models: [], networks: [1]}"), "JB036", 6, 35, '"1"'),
    Row(A, "", rule("params: {models: [], networks: {fcat: x}}"), "JB036", 6, 35, "`fcat`"),
    Row(A, "", rule("params: {models: [], networks: {fact: 1}}"), "JB036", 6, 41, "text"),
    Row(A, "", rule("params: {models: [], zones: {eu: {nam: x}}}"), "JB036", 6, 37, "`name`"),
    Row(A, "", rule("params: {models: [], limit: many}"), "JB036", 6, 31, "whole number"),
    Row(A, "{param: reviewed}", "{param: review}", "JB037", 12, 28, "`reviewed`"),
    Row(A, "{param: reviewed}", "{param: [reviewed]}", "JB022", 12, 28, "text"),
    Row(A, "models: {param: reviewed}", "models: [], limit: {param: reviewed}", "JB036", 12, 31,
        "whole number"),
    Row(B, "60d", "60", "JB036", 8, 21, "units"),
    Row(B, "60d", "60days", "JB036", 8, 21, "units"),
    Row(A, "model.allowlist", "acme.crash", "JB032", 12, 11, "RuntimeError"),
]  # fmt: skip

AZURE = "provider: azure, region: westeurope"
TABLES = [
    Row(ACCOUNTS, "project: proj-a", "projct: proj-a", "JB050", 1, 9, "`project`"),
    Row(ACCOUNTS, "rpm: 5", "rpms: 5", "JB050", 1, 35, "`rpm`"),
    Row(ACCOUNTS, "rpm: 5", "rpm: '5'", "JB050", 1, 40, "whole number"),
    Row(ACCOUNTS, "rpm: 5", "rpm: -5", "JB050", 1, 40, "at least 0"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: x", "JB050", 2, 8, "mapping"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: {kind: user}", "JB050", 2, 15, "data/users.yaml"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: {kind: workloads}", "JB050", 2, 15, "`workload`"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: {id: svc-c}", "JB050", 2, 13, "take the column out"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: {created_at: 2026-05-25}", "JB050", 2, 21, "RFC 3339"),
    Row(ACCOUNTS, "svc-b: {}", "'': {}", "JB024", 2, 1, "empty"),
    Row(ACCOUNTS, "", "- a\n", "JB022", 1, 1, "mapping"),
    Row(PROJECTS, "production", "prodution", "JB023", 1, 23, "`production`"),
    Row(PROJECTS, "residency: eu", "residency: de", "JB023", 1, 46, "vocabulary.yaml"),
    Row("data/drill.yaml", "reason: drill", "reasn: drill", "JB050", 1, 7, "`reason`"),
    Row("data/drill.yaml", "2026-05-25T12:00:00Z", "later", "JB050", 1, 29, "RFC 3339"),
    Row("data/project.yaml", "", "a: {}\n", "JB052", 1, 1, "`projects`"),
    Row("data/vocabulary.yaml", "environments", "environment_s", "JB020", 1, 1, "environment"),
    Row("data/vocabulary.yaml", "[sandbox]", "sandbox", "JB022", 1, 15, "list"),
    Row("data/vocabulary.yaml", "[sandbox]", "[1]", "JB022", 1, 16, "text"),
    Row(ENDPOINTS, "", "a: {region: westeurop}\n", "JB023", 1, 13, "`westeurope`"),
    Row(ENDPOINTS, "", f"a: {{{AZURE}, sku: Standrad, residency: eu}}\n", "JB023", 1, 47,
        "`Standard`"),
    Row(ENDPOINTS, "", f"a: {{{AZURE}, sku: Standard, residency: us}}\n", "JB051", 1, 68,
        "stays in eu"),
    Row(ENDPOINTS, "", f"a: {{{AZURE}, sku: GlobalStandard, residency: eu}}\n", "JB051", 1, 74,
        "anywhere"),
    Row(ENDPOINTS, "", "a: {provider: azure, region: japaneast, sku: DataZoneStandard, "
        "residency: apac}\n", "JB051", 1, 75, "anywhere"),
    Row(ENDPOINTS, "", f"a: {{{AZURE}, residency: us}}\n", "JB051", 1, 53, "stays in eu"),
    Row("data/models.yaml", "", "a: {aliases: [x]}\nb: {aliases: [x]}\n", "JB050", 2, 15, "a"),
    Row("data/models.yaml", "", "a: {aliases: [b]}\nb: {}\n", "JB050", 1, 15, "another model"),
    Row("data/prompts.yaml", "", "refund: {sha256: x}\n", "JB050", 1, 1, '"refund@1"'),
]  # fmt: skip

USERS = "data/users.yaml"
MODELS = "data/models.yaml"
KEYS = "data/credentials.yaml"
VENDORS = "data/vendors.yaml"
ROLES = "data/roles.yaml"
EARLY, LATE = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
ROW_CHECKS = [
    Row(ACCOUNTS, "proj-a", "proj-b", "JB053", 1, 18, "did you mean `proj-a`"),
    Row(ACCOUNTS, "svc-b: {}", "svc-b: {projects: [proj-a, proj-b]}", "JB053", 2, 28, "projects"),
    Row(USERS, "", "ann: {project: proj-b}\n", "JB053", 1, 16, "`proj-a`"),
    Row(USERS, "", "ann: {projects: [b]}\n", "JB053", 1, 18, "one of proj-a"),
    Row(KEYS, "", "key-1: {project: prod-a}\n", "JB053", 1, 18, "`proj-a`"),
    Row(USERS, "", "svc-a: {}\n", "JB054", 1, 1, "data/service_accounts.yaml:1:1"),
    Row(KEYS, "", "a: {fingerprint: f1}\nb: {fingerprint: f1}\n", "JB054", 2, 18,
        "`a`, data/credentials.yaml:1:1"),
    Row(ENDPOINTS, "", "a: {provider: p, region: global, deployment: d}\n"
        "b: {provider: p, region: global, deployment: d}\n", "JB054", 2, 46,
        "`provider` and `region` and `deployment`"),
    Row(MODELS, "", f"a: {{released: {LATE}, retires: {EARLY}}}\n", "JB055", 1, 46,
        f"`released` is `{LATE}`"),
    Row(KEYS, "", f"a: {{expires_at: {EARLY}, created_at: {LATE}}}\n", "JB055", 1, 17,
        "expires before it is created"),
    Row(VENDORS, "", f"a: {{contract_from: {LATE}, contract_to: {EARLY}}}\n", "JB055", 1, 55,
        "ends before it begins"),
    *(
        Row(ACCOUNTS, "svc-b: {}", f"svc-b: {{networks: [10.0.0.0/8, '{text}']}}", "JB050", 2, 32,
            says)
        for text, says in (
            ("10.0.1.5/24", "write 10.0.1.0/24, or 10.0.1.5 for the one address"),
            ("2001:db8::1/32", "write 2001:db8::/32"),
            ("10.0.0.0/33", "no network"),
            ("10.0.0/24", "no network"),
            ("10.0.0.0/255.0.0.0", "no network"),
            ("10.0.0.0/", "no network"),
            ("fe80::1%eth0", "no network"),
            ("example.com", "10.0.1.0/24"),
            ("", "no network"),
        )
    ),
    Row(ENDPOINTS, "", "a: {tls_version: '1.4'}\n", "JB050", 1, 18, "version of TLS"),
    Row(ENDPOINTS, "", "a: {tls_version: 1.2}\n", "JB050", 1, 18, '"1.2"'),
    Row(USERS, "", "ann: {email: ann.example.com}\n", "JB050", 1, 14, "ann@example.com"),
    Row(USERS, "", "ann: {email: 'ann@'}\n", "JB050", 1, 14, "no e-mail address"),
    Row(USERS, "", "ann: {status: actve}\n", "JB023", 1, 15, "`active`"),
    Row(ENDPOINTS, "", "a: {classes: [pii, phy]}\n", "JB023", 1, 20, "`phi`"),
    Row("data/controls.yaml", "", "CC6.1: {text: x}\n", "JB050", 1, 1, "SOC2:CC6.1"),
    Row("data/controls.yaml", "", "'A:1': {txt: x}\n", "JB050", 1, 9, "`text`"),
    Row("data/controls.yaml", "", "'A:1':\n", "JB021", 1, 1, "in words of your own"),
    Row("data/controls.yaml", "", "'A:1': {text: ' '}\n", "JB021", 1, 1, "needs `text`"),
    Row(PROJECTS, "residency: eu", "residency: eu, limits: {tpm: -1}", "JB050", 1, 64,
        "at least 0"),
]  # fmt: skip

REST = [
    Row(WAIVERS, "rule: key-age", "rule: key-aeg", "JB060", 1, 9, "`key-age`"),
    Row(WAIVERS, "rule: key-age", "rule: callers", "JB061", 1, 9, "permit"),
    Row(WAIVERS, "  expires: 2026-09-01T00:00:00Z\n", "", "JB021", 1, 3, "`expires`"),
    Row(WAIVERS, "2026-09-01T00:00:00Z", "2026-09-01", "JB024", 5, 12, "zone"),
    Row(WAIVERS, "reason: migration", "reason: a\n  granted: 2027-01-01T00:00:00Z", "JB024", 6, 12,
        "before it is granted"),
    Row(WAIVERS, "owner", "onwer", "JB020", 3, 3, "`owner`"),
    Row(WAIVERS, "scope: project", "scope: >\n    project", "JB011", 2, 10, "|"),
    Row(DETECTORS, "acme.customer", "us-ssn", "JB030", 1, 8, "installed plugin"),
    Row(DETECTORS, "acme.customer", "Acme", "JB024", 1, 8, "lower-case"),
    Row(DETECTORS, "ACME_CUSTOMER", "acme", "JB024", 1, 31, "ACME_CUSTOMER_ID"),
    Row(DETECTORS, "'C-[0-9]{6}'", "'C-[0-9'", "JB080", 1, 57, "C-[0-9"),
    Row(DETECTORS, "'C-[0-9]{6}'", "'[0-9]*'", "JB080", 1, 57, "empty text"),
    Row(DETECTORS, "['C-[0-9]{6}']", "[]", "JB080", 1, 56, "at least one"),
    Row(DETECTORS, "confidence: medium", "examples: [C-123456, C-12345]", "JB081", 1, 93,
        "nothing is found in example 2"),
    Row(DETECTORS, "confidence: medium", "counter_examples: [C-123456]", "JB081", 1, 91,
        "something is found in counter-example 1"),
    Row(DETECTORS, "confidence: medium", "examples: [C-123456], context: [id], needs_context: true",
        "JB081", 1, 83, "one of the words of `context`"),
    Row(DETECTORS, "confidence: medium", "unlike: [1]", "JB022", 1, 81, "text"),
    Row(DETECTORS, "confidence: medium", "confidence: sure", "JB023", 1, 84, "low"),
    Row(DETECTORS, "confidence: medium", "needs_context: true", "JB035", 1, 87, "context"),
    Row(CASES, "2026-05-25T12:00:00Z", "today", "JB024", 2, 8, "RFC 3339"),
    Row(CASES, "actor: {id", "actr: {id", "JB024", 3, 11, "`actor`"),
    Row(CASES, "role: user", "rule: user", "JB024", 3, 59, "`role`"),
    Row(CASES, "effect: allow", "effect: alow", "JB023", 4, 20, "`allow`"),
    Row(CASES, "value: Permit", "value: Indeterminate", "JB023", 4, 34, "`Indeterminate{P}`"),
    Row(CASES, "fired: [callers]", "fired: [caller]", "JB024", 4, 50, "`callers`"),
    Row(CASES, "fired: [callers]", "fires: [callers]", "JB020", 4, 42, "`fired`"),
    Row(CASES, "fired: [callers]", "obligations: [redakt]", "JB023", 4, 56, "`redact`"),
    Row(CASES, "{effect: allow, value: Permit, fired: [callers]}", "{}", "JB021", 4, 11, "nothing"),
    Row(CASES, "  expect:", "  supports: [redacted]\n  expect:", "JB024", 4, 14, "`redact`"),
    Row(CASES, "  expect:", "  type: reqest\n  expect:", "JB023", 4, 9, "`request`"),
    Row(CASES, "  expect:", "  state: {project: {}}\n  expect:", "JB024", 4, 11, "`projects`"),
    Row("rules/c.yml", "", "[]", "JB014", 0, 0, "c.yaml"),
    Row("rules/sub/c.yaml", "", "[]", "JB014", 0, 0, "rules"),
    Row("rule/c.yaml", "", "[]", "JB014", 0, 0, "`rules`"),
    Row("bundel.yaml", "", "[]", "JB014", 0, 0, "`bundle.yaml`"),
    Row("data/notes.txt", "", "x", "JB014", 0, 0, "elsewhere"),
]  # fmt: skip

ROWS = [*FORM, *MANIFEST, *RULES, *OBLIGATIONS, *PARAMS, *TABLES, *ROW_CHECKS, *REST]


def broken(files: Mapping[str, str], row: Row) -> dict[str, str]:
    made = dict(files)
    if row.old:
        assert row.old in made[row.file]
        made[row.file] = made[row.file].replace(row.old, row.new, 1)
    else:
        made[row.file] = row.new
    return made


def problems(files: Mapping[str, str], registry: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(BundleError) as caught:
        read_bundle(files, registry)
    return caught.value.diagnostics


def test_the_good_bundle_is_good(files: dict[str, str], registry: Any) -> None:
    assert isinstance(read_bundle(files, registry), Bundle)
    assert load_bundle(files, registry)[1] == []


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{row.code}" for i, row in enumerate(ROWS)])
def test_each_mistake_has_its_code_place_and_help(
    row: Row, files: dict[str, str], registry: Any
) -> None:
    found = problems(broken(files, row), registry)
    here = [d for d in found if (d.code, d.line, d.column) == (row.code, row.line, row.column)]
    assert here, "\n".join(f"{d.where} {d.code} {d.message} | {d.help}" for d in found)
    assert any(row.says in f"{d.message} {d.help}" for d in here), (here[0].message, here[0].help)
    assert here[0].file == row.file


def test_every_problem_is_told_in_one_go(files: dict[str, str], registry: Any) -> None:
    rows = [RULES[2], TABLES[0], REST[0], REST[8], REST[16], MANIFEST[13]]
    made = files
    for row in rows:
        made = broken(made, row)
    found = problems(made, registry)
    assert {(d.file, d.code) for d in found} >= {(row.file, row.code) for row in rows}
    assert list(found) == sorted(found, key=lambda d: (d.file, d.line, d.column))


@pytest.mark.parametrize(
    "file", ["rules/a.yaml", "data/service_accounts.yaml", "data/drill.yaml", "bundle.yaml"]
)
def test_a_file_that_is_no_yaml_is_told_alone(
    file: str, files: dict[str, str], registry: Any
) -> None:
    found = problems({**files, file: "a: b: c\n"}, registry)
    assert [(d.code, d.file) for d in found] == [("JB005", file)]


def test_the_good_rules_go_on_where_others_are_broken(
    files: dict[str, str], registry: Any
) -> None:
    made = broken(files, Row(A, "model.allowlist", "model.alowlist", "", 0, 0))
    bundle, found = load_bundle(made, registry)
    assert bundle is not None
    assert [rule.id for rule in bundle.rules] == ["callers", "key-age"]
    assert [d.code for d in found] == ["JB031"]


def test_a_message_from_a_plugin_shows_no_value(files: dict[str, str], registry: Any) -> None:
    made = broken(files, Row(A, "model.allowlist", "acme.crash", "", 0, 0))
    assert "hunter2" not in str(problems(made, registry))


def test_the_text_of_the_error_points_at_the_source(files: dict[str, str], registry: Any) -> None:
    made = broken(files, Row(A, "severity: info", "sevrity: info", "", 0, 0))
    with pytest.raises(BundleError) as caught:
        read_bundle(made, registry)
    assert str(caught.value) == (
        "rules/a.yaml:5:3: error: `sevrity` is no key of a rule [JB020 unknown-key]\n"
        "  5 |   sevrity: info\n"
        "    |   ^^^^^^^\n"
        "  help: did you mean `severity`?\n"
        "\n"
        "1 problem in 1 file\n"
    )


@pytest.mark.parametrize(
    "more",
    [
        {USERS: "ann: {projects: [proj-a], email: ann@example.com, roles: [anything]}\n"},
        {ROLES: "reader: {}\n", USERS: "ann: {roles: [reader]}\n"},
        {MODELS: "a-1: {aliases: [a]}\n", ENDPOINTS: "x: {model: a}\ny: {model: a-1}\n"},
        {ENDPOINTS: "x: {model: gpt-4.1}\n"},
        {ENDPOINTS: "x: {provider: p, region: global}\ny: {provider: p, region: global}\n"},
        {
            ENDPOINTS: "x: {tls_version: TLSv1.2}\ny: {tls_version: null}\nz: {tls_version: '1.3'}\n"
        },
        {
            ENDPOINTS: "x: {tls_version: TLS 1.2}\ny: {tls_version: tls1_3}\nz: {tls_version: SSLv3}\n"
        },
        {KEYS: "a: {fingerprint: null}\nb: {fingerprint: null}\nc: {}\n"},
        {KEYS: f"a: {{created_at: {LATE}, expires_at: {LATE}}}\nb: {{created_at: {LATE}}}\n"},
        {MODELS: f"a: {{released: {LATE}}}\nb: {{retires: {EARLY}}}\n"},
        {ACCOUNTS: "a: {networks: [10.0.1.0/24, 10.0.1.5, '2001:db8::/32', 0.0.0.0/0, '::/0']}\n"},
        {"data/controls.yaml": "'A:1': {text: Say yes}\nHIPAA:164.312(a)(1): {text: x}\n"},
        {PROJECTS: "proj-a: {}\n", KEYS: "a: {project: proj-a}\nb: {project: null}\n"},
    ],
)
def test_rows_that_are_right_stay_right(
    more: dict[str, str], files: dict[str, str], registry: Any
) -> None:
    assert load_bundle({**files, **more}, registry)[1] == []


def test_a_table_that_is_not_there_is_not_held_against_others(
    files: dict[str, str], registry: Any
) -> None:
    broken_table = {**files, PROJECTS: "a: b: c\n"}
    assert [d.code for d in load_bundle(broken_table, registry)[1]] == ["JB005"]
    empty = load_bundle({**files, PROJECTS: ""}, registry)[1]
    assert [(d.code, d.where, d.help) for d in empty] == [
        ("JB053", "data/service_accounts.yaml:1:18", "the table is empty")
    ]
    del files[PROJECTS]
    assert load_bundle(files, registry)[1] == []


def test_roles_and_models_are_those_of_their_tables(files: dict[str, str], registry: Any) -> None:
    files |= {ROLES: "reader: {}\n", USERS: "ann: {roles: [raeder]}\n"}
    files |= {MODELS: "a: {}\n", ENDPOINTS: "x: {model: gpt-4.1}\n"}
    found = problems(files, registry)
    assert [(d.code, d.where) for d in found] == [
        ("JB053", "data/endpoints.yaml:1:12"),
        ("JB053", "data/users.yaml:1:15"),
    ]


@pytest.mark.parametrize("row", ROWS[::3], ids=[f"{i}-{r.code}" for i, r in enumerate(ROWS[::3])])
def test_lint_tells_each_mistake_and_goes_on(
    row: Row, files: dict[str, str], registry: Any
) -> None:
    kinds = SimpleNamespace(**vars(registry), lint_rules=(), versions={})
    looked = look(
        broken(files, row), cast(Any, kinds), Settings(), now=datetime(2026, 5, 25, tzinfo=UTC)
    )
    assert looked.failed == ()
    there = {(f.diagnostic.code, f.diagnostic.line, f.diagnostic.column) for f in looked.found}
    assert (row.code, row.line, row.column) in there
