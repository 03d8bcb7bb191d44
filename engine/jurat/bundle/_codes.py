"""Every code that a diagnostic of a bundle may carry, with what `jurat explain CODE` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code, its name, and a few sentences about it."""

    code: str
    name: str
    explanation: str


_CODES = (
    # Files
    ("JB001", "unreadable-bundle", """
        The bundle, or a file of it, could not be read: it is not there, is neither a directory
        nor a .tar.gz archive, or may not be opened by this user."""),
    ("JB002", "unsafe-archive", """
        An archive may hold regular files and folders alone, with plain relative names, each
        once. Links, devices, absolute names and names with `..` could write or read outside of
        the bundle, so an archive that has one is refused as a whole."""),
    ("JB003", "too-large", """
        A file of a bundle may have 8 MiB, all files together 64 MiB. Larger policy is usually
        data that belongs into the armed state or behind a source of facts."""),
    ("JB004", "not-utf8", """
        The files of a bundle are UTF-8. The place is that of the first byte that is not."""),
    ("JB005", "yaml-syntax", """
        The file is not YAML. Frequent causes: an unquoted value that starts with one of
        @ ` % * & ! | > { [, a colon followed by a space inside an unquoted value, a bracket or
        quote that is not closed, and lines that are not indented alike."""),
    ("JB006", "tab", """
        A bundle has no tab characters: editors show them at different widths, and YAML forbids
        them where they would matter most. Indent with spaces; inside a text write \\t in double
        quotes."""),
    ("JB007", "control-character", """
        The file has a character that YAML does not allow, such as a NUL or a lone surrogate.
        Inside double quotes it can be written as an escape, where it is a character at all."""),
    ("JB008", "duplicate-key", """
        A key stands twice in one mapping. YAML readers differ in which of the two they take, so
        a reviewer may see another policy than the one that runs. Remove one."""),
    ("JB009", "yaml-feature", """
        Anchors (&a), aliases (*a), merge keys (<<), tags (!x) and several documents in one file
        make a file mean something else than what stands there, and none is needed in a bundle.
        Write the value out, or declare it under `parameters` and name it as {param: name}."""),
    ("JB010", "too-deep", """
        Values may be nested 64 deep. No file of a bundle needs more than ten."""),
    ("JB011", "folded-condition", """
        A condition may be a plain, quoted or literal (|) scalar. In a folded one (>) line breaks
        move, so that a message could not point at the place in the file. Use | instead."""),
    ("JB012", "key-not-text", """
        Keys are text. An unquoted 1, true or null is a number, a boolean or null in YAML: write
        it in quotes."""),
    ("JB013", "number-out-of-range", """
        Whole numbers have 64 bits, and numbers are finite: anything else would be read
        differently by different programs."""),
    ("JB014", "unknown-file", """
        The file has no meaning in a bundle, so whatever it says would silently not count. Rules
        stand in rules/*.yaml, tables in data/*.yaml, detectors in detectors/*.yaml, tests in
        tests/*.yaml, exceptions in waivers.yaml, the manifest in bundle.yaml. Other files, a
        README say, may stand at the top."""),
    ("JB015", "no-manifest", """
        A bundle has a bundle.yaml at its top, with at least name, version and revision."""),
    # Shapes
    ("JB020", "unknown-key", """
        The key does not exist here. Keys are a closed list, so that a misspelt one is never
        silently without effect. `jurat schema` lists them all."""),
    ("JB021", "missing-key", """
        A key that is needed here is missing. The least rule has id, title, kind, effect and
        severity (and `when` for kind expression), the least bundle.yaml name, version and
        revision. `jurat schema` lists what each mapping needs."""),
    ("JB022", "wrong-type", """
        The value is of another type than the one needed here, for instance a text where a list
        is meant. An unquoted 1.0 is a number, "1.0" is text; `[a]` is a list of one."""),
    ("JB023", "unknown-word", """
        The value must be a word of a closed list (effects, severities, modes, …) or of a
        vocabulary. The vocabularies environment, residency, retention, classification, region,
        model, action, credential_status, principal_status and approval_status can be extended in
        data/vocabulary.yaml."""),
    ("JB024", "bad-value", """
        The value is of the right type, but not one that can stand here. Ages and windows are
        written with units (60d, 24h, 1h30m), times as RFC 3339 with their zone
        (2026-05-25T12:00:00Z), versions as semantic versions (1.0.0)."""),
    # Rules
    ("JB030", "duplicate-id", """
        Two rules, or two detectors, have the same id. Ids name rules in decisions, waivers and
        the log, so each stands for one."""),
    ("JB031", "unknown-kind", """
        No installed plugin offers this rule kind. `jurat plugins` lists what is installed."""),
    ("JB032", "broken-plugin", """
        The plugin that should offer this could not be loaded. A bundle that needs it is not
        armed: a rule that cannot run must not count as passed."""),
    ("JB033", "wrong-effect", """
        The rule's kind does not admit this effect. `permit` belongs to kind `expression` and to
        requests alone; every other kind reports violations and says which of deny, redact,
        require and advise it can have."""),
    ("JB034", "wrong-input", """
        The rule's kind does not judge this input. A kind that judges Request judges requests,
        one that judges Response responses, one that judges a resource (a credential, a project,
        …) judges the one in use on a request and all that there are on a snapshot (org_state)."""),
    ("JB035", "key-not-here", """
        The key exists, but has no meaning for a rule like this. `on_error` is for deny rules
        (an unknown redact or require always denies), `mode` is not for permits, `obligation` is
        for `require` on kind `expression`, `over` for kind `expression` on org_state."""),
    ("JB036", "bad-params", """
        The rule's params are not what its kind asks for. `jurat explain KIND` shows them."""),
    ("JB037", "unknown-parameter", """
        {param: name} names a parameter that bundle.yaml does not declare under `parameters`."""),
    ("JB038", "params-conflict", """
        The params are valid one by one, but the rule's kind cannot work with them together."""),
    ("JB040", "bad-condition", """
        The condition is no valid CEL, names what the rule cannot see, or is not a yes-or-no
        value. A request rule sees `request`; a response rule `response` and `request`; a rule on
        a resource sees the resource under its name, `project`, and on a snapshot `org`; all see
        `data` (the tables) and `now`. A rule on several inputs may name only what all have."""),
    ("JB041", "bad-obligation", """
        The obligation has none of the forms {header: {name: …, value: …}}, {route: [endpoint
        ids]}, {hold_stream: true}, {approval: [approvers]}."""),
    # Data
    ("JB050", "bad-row", """
        The row does not fit the columns of its table. Those of a standard table are the fields
        of what it lists (`jurat schema` shows them), those of a table of your own are declared
        in bundle.yaml under `tables`. Networks are in CIDR notation with no bits set beyond the
        prefix, versions of TLS are 1.0 to 1.3, e-mail addresses have an @."""),
    ("JB051", "residency-claim", """
        The endpoint claims a residency that its deployment does not guarantee. On Azure the SKU
        decides: a regional SKU (Standard, ProvisionedManaged) stays in its region, a DataZone
        one in the EU or the US zone, a Global one may run anywhere in the world, whatever the
        region of the resource."""),
    ("JB052", "undeclared-table", """
        The table is none of the standard ones (projects, service_accounts, users, credentials,
        endpoints, models, prompts, roles, vendors, stops, controls), so bundle.yaml must declare
        its columns and their types under `tables`."""),
    ("JB053", "dangling-reference", """
        The row names a project, role or model that the bundle's own table of them does not have.
        Where a bundle has a table, it alone answers: what it does not list is taken as absent,
        so the row would never do what it seems to say."""),
    ("JB054", "duplicate-row", """
        Two rows stand for the same thing: an id that is both a user and a service account, two
        credentials with one fingerprint, two endpoints with the same provider, region and
        deployment. Only one of them would ever be found."""),
    ("JB055", "contradictory-row", """
        Two columns of the row contradict each other, such as an end before its beginning."""),
    ("JB056", "bad-stop", """
        The row of data/stops.yaml stops nothing, contradicts itself, names what no table of the
        bundle lists, or does not say who ordered it and why. A stop that is misspelt would let an
        incident go on in silence, so it is refused when the bundle is loaded."""),
    # Waivers, tests, detectors, manifest
    ("JB060", "unknown-rule", """
        A waiver names a rule that the bundle does not have, so it would excuse nothing. Ids are
        compared exactly; a waiver of a rule that is gone is taken out."""),
    ("JB061", "not-waivable", """
        The rule cannot be waived: it says `waivable: false`, or it is a permit. Change the rule,
        under the review that this needs, or take the waiver out."""),
    ("JB070", "bad-fixture", """
        A case is laid over a fixture that tests/fixtures.yaml does not have, or leaves out
        something that `given` does not have there."""),
    ("JB080", "bad-detector", """
        The detector's pattern is no valid regular expression (RE2 syntax, or that of `regex`
        where look-arounds are needed), or it takes the id of another detector."""),
    ("JB081", "detector-example", """
        The detector finds nothing in one of its examples, or something in one of its
        counter-examples, or it could not finish on it. Both are tried whenever the bundle is
        loaded, with this detector alone: mend its pattern, its words, or the text."""),
    ("JB090", "requirement-unmet", """
        bundle.yaml `requires` a version of jurat or a plugin that is not installed here."""),
    ("JB091", "bad-assumption", """
        `assume` maps the JSON Pointer of a fact of a request or response to the value that
        stands in for it where it was not sent. The pointer must name a fact that rules can read,
        and the value must be one that this fact can have."""),
    ("JB092", "test-failed", """
        A case in tests/ does not come out as it expects. A bundle is armed only when all of its
        own tests pass: mend the rule, or the case."""),
    # Signatures
    ("JB093", "unsigned-bundle", """
        A signed bundle is wanted, and this one is not signed by as many trusted keys as are
        wanted, or cannot be signed at all: a signature is over an archive, and stands beside it
        in a file with the added suffix .sig. `jurat build` makes the archive, `jurat sign` the
        signature."""),
    ("JB094", "bad-signature", """
        The signature file is none, is of another archive, or holds a signature that its key did
        not make over what it says. Either file may have been changed or mixed up: get both anew
        from whoever signs them."""),
    ("JB095", "signature-expired", """
        The signatures were made to hold until a time that has passed. Whoever signs the bundle
        signs it again, with `jurat sign --renew`."""),
    ("JB096", "old-revision", """
        A bundle of this name with a higher revision was in force before, or one with the same
        revision and other content. An old bundle would bring back what was mended since. To go
        back on purpose, build the old content under a new revision."""),
)  # fmt: skip

CODES: Mapping[str, Code] = MappingProxyType(
    {code: Code(code, name, " ".join(text.split())) for code, name, text in _CODES}
)


def explain_code(code: str) -> str:
    """What a code, or a code's name, means: a heading and a few sentences.

    Raises KeyError for one that does not exist.
    """
    wanted = code.strip()
    for entry in CODES.values():
        if wanted.upper() == entry.code or wanted.lower() == entry.name:
            return f"{entry.code} {entry.name}\n\n{entry.explanation}\n"
    raise KeyError(code)
