"""Keys and tokens that providers give out, by their prefix and shape."""

from jurat.plugin import Detector

from ._values import ALNUM, DIGITS, HEX, LOWER, UPPER, made

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
    source: str = "the provider's documentation of its keys",
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
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        "AKIA" + made(16, UPPER + "234567"),
        "ASIA" + made(16, UPPER + "234567"),
        against=("AKIA" + made(15, UPPER), "AKIA" + made(17, UPPER)),
        source="AWS IAM User Guide, IAM identifiers, unique ids",
    ),
    _key(
        "openrouter",
        r"sk-or-v1-[0-9a-f]{64}",
        "sk-or-v1-" + made(64, HEX),
        against=("sk-or-v1-0",),
    ),
    _key("groq", r"gsk_[A-Za-z0-9]{52}", "gsk_" + made(52), against=("gsk_short",)),
    _key("perplexity", r"pplx-[A-Za-z0-9]{40,64}", "pplx-" + made(48), against=("pplx-70b-chat",)),
    _key("replicate", r"r8_[A-Za-z0-9]{37}", "r8_" + made(37), against=("r8_" + made(20),)),
    _key("xai", r"xai-[A-Za-z0-9]{80}", "xai-" + made(80), against=("xai-grok",)),
    _key("nvidia", r"nvapi-[A-Za-z0-9_-]{60,70}", "nvapi-" + made(64, _KEY), against=("nvapi-x",)),
    _key(
        "langsmith",
        r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
        "lsv2_pt_" + made(32, HEX) + "_" + made(10, HEX),
        against=("lsv2_pt_" + made(9, HEX),),
    ),
    _key("pinecone", r"pcsk_[A-Za-z0-9_]{60,80}", "pcsk_" + made(70), against=("pcsk_abc",)),
    _key(
        "tavily",
        r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}",
        "tvly-dev-" + made(32),
        against=("tvly-dev-x",),
    ),
    _key("cerebras", r"csk-[a-z0-9]{48}", "csk-" + made(48, LOWER + DIGITS), against=("csk-1",)),
    _key(
        "elevenlabs", r"sk_[0-9a-f]{48}", "sk_" + made(48, HEX), against=("sk_" + made(30, HEX),)
    ),
    _key(
        "huggingface",
        r"hf_[A-Za-z0-9]{34,40}",
        "hf_" + made(34),
        against=("hf_transformers_models",),
    ),
    _key(
        "github",
        r"gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        *(f"gh{kind}_{made(36)}" for kind in "pousr"),
        "github_pat_" + made(22) + "_" + made(59),
        against=("ghp_" + made(12), "github_pat_x"),
        source="docs.github.com, About authentication to GitHub, token formats",
    ),
    _key(
        "gitlab",
        r"gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_-]{20,64}(?:\.[0-9a-z]{2}\.[0-9a-z]{9})?",
        "glpat-" + made(20, _KEY),
        "glrt-" + made(20, _KEY),
        against=("glpat-short",),
        source="docs.gitlab.com, Token overview, token prefixes",
    ),
    _key(
        "slack",
        r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}|xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{10,14}-[0-9a-f]{64}",
        "xoxb-" + made(12, DIGITS) + "-" + made(12, DIGITS) + "-" + made(24),
        "xapp-1-A" + made(10, UPPER) + "-" + made(13, DIGITS) + "-" + made(64, HEX),
        against=("xoxo-hugs", "xoxb-1"),
        source="api.slack.com, Token types",
    ),
    _key(
        "slack.webhook",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_+-]{40,90}",
        "https://hooks.slack.com/services/T"
        + made(9, UPPER)
        + "/B"
        + made(9, UPPER)
        + "/"
        + made(24),
        against=("https://hooks.slack.com/services/",),
    ),
    _key(
        "stripe",
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}|whsec_[A-Za-z0-9+/]{32,64}",
        "sk_live_" + made(24),
        "rk_live_" + made(99),
        "sk_test_" + made(24),
        "whsec_" + made(32),
        against=("sk_live_key", "pk_live_" + made(24)),
        source="docs.stripe.com, API keys",
    ),
    _key(
        "google",
        r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,300}",
        "AIza" + made(35, _KEY),
        "GOCSPX-" + made(28, _KEY),
        "ya29." + made(120, _KEY),
        against=("AIza" + made(20),),
        source="cloud.google.com, API keys; OAuth 2.0 clients",
    ),
    _key(
        "npm", r"npm_[A-Za-z0-9]{36}", "npm_" + made(36), against=("npm_config_cache_directory_x",)
    ),
    _key(
        "pypi",
        r"pypi-AgE[A-Za-z0-9_-]{50,250}",
        "pypi-AgE" + made(120, _KEY),
        against=("pypi-publish",),
    ),
    _key(
        "rubygems", r"rubygems_[0-9a-f]{48}", "rubygems_" + made(48, HEX), against=("rubygems_3",)
    ),
    _key(
        "docker",
        r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}",
        "dckr_pat_" + made(27, _KEY),
        against=("dckr_pat_1",),
    ),
    _key(
        "sendgrid",
        r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
        "SG." + made(22, _KEY) + "." + made(43, _KEY),
        against=("SG.1.2",),
    ),
    _key("twilio", r"SK[0-9a-f]{32}", "SK" + made(32, HEX), against=("SK" + made(31, HEX),)),
    _key("mailgun", r"key-[0-9a-f]{32}", "key-" + made(32, HEX), against=("key-value",)),
    _key(
        "mailchimp",
        r"[0-9a-f]{32}-us[0-9]{1,2}",
        made(32, HEX) + "-us14",
        against=(made(32, HEX),),
    ),
    _key(
        "brevo",
        r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
        "xkeysib-" + made(64, HEX) + "-" + made(16),
        against=("xkeysib-1",),
    ),
    _key(
        "digitalocean",
        r"do[opr]_v1_[0-9a-f]{64}",
        "dop_v1_" + made(64, HEX),
        against=("dop_v1_0",),
    ),
    _key(
        "shopify",
        r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
        "shpat_" + made(32, HEX),
        against=("shpat_0",),
    ),
    _key(
        "square",
        r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}",
        "sq0atp-" + made(22, _KEY),
        against=("sq0atp-0",),
    ),
    _key(
        "databricks",
        r"dapi[0-9a-f]{32}(?:-[0-9])?",
        "dapi" + made(32, HEX),
        against=("dapi" + made(9, HEX),),
    ),
    _key(
        "atlassian",
        r"ATATT3[A-Za-z0-9_=-]{100,220}",
        "ATATT3" + made(180, _KEY),
        against=("ATATT3x",),
    ),
    _key(
        "linear",
        r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}",
        "lin_api_" + made(40),
        against=("lin_api_x",),
    ),
    _key(
        "notion",
        r"ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43}",
        "ntn_" + made(46),
        "secret_" + made(43),
        against=("secret_santa",),
    ),
    _key(
        "airtable",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        "pat" + made(14) + "." + made(64, HEX),
        against=("pattern.1",),
    ),
    _key(
        "figma", r"fig[dou]r?_[A-Za-z0-9_-]{40,60}", "figd_" + made(40, _KEY), against=("figd_1",)
    ),
    _key(
        "postman",
        r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        "PMAK-" + made(24, HEX) + "-" + made(34, HEX),
        against=("PMAK-1",),
    ),
    _key(
        "newrelic",
        r"NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32}",
        "NRAK-" + made(27, UPPER + DIGITS),
        against=("NRAK-1",),
    ),
    _key(
        "grafana",
        r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,200}={0,2}",
        "glsa_" + made(32) + "_" + made(8, HEX),
        against=("glsa_1",),
    ),
    _key(
        "sentry",
        r"sntry[su]_[A-Za-z0-9+/=_-]{60,250}",
        "sntryu_" + made(64, HEX),
        against=("sntrys_1",),
    ),
    _key(
        "dynatrace",
        r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
        "dt0c01." + made(24, UPPER) + "." + made(64, UPPER),
        against=("dt0c01.X.Y",),
    ),
    _key(
        "vault", r"hv[sbr]\.[A-Za-z0-9_-]{24,250}", "hvs." + made(95, _KEY), against=("hvs.short",)
    ),
    _key(
        "terraform",
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
        made(14) + ".atlasv1." + made(67, _KEY),
        against=("x.atlasv1.y",),
    ),
    _key(
        "doppler",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}",
        "dp.pt." + made(43),
        against=("dp.pt.x",),
    ),
    _key("pulumi", r"pul-[0-9a-f]{40}", "pul-" + made(40, HEX), against=("pul-1",)),
    _key(
        "planetscale",
        r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}",
        "pscale_tkn_" + made(43, _KEY),
        against=("pscale_tkn_1",),
    ),
    _key(
        "supabase",
        r"sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,60}",
        "sbp_" + made(40, HEX),
        "sb_secret_" + made(31, _KEY),
        against=("sbp_1",),
    ),
    _key("sonar", r"sq[pua]_[0-9a-f]{40}", "squ_" + made(40, HEX), against=("squ_1",)),
    _key(
        "tailscale",
        r"tskey-(?:[a-z]{2,10}-)?[A-Za-z0-9]{10,20}-[A-Za-z0-9]{20,40}",
        "tskey-auth-" + made(14) + "-" + made(32),
        against=("tskey-auth-x",),
    ),
    _key(
        "telegram",
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
        made(10, "123456789") + ":AA" + made(33, _KEY),
        against=("12345678:AA",),
    ),
    _key(
        "discord.webhook",
        r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80}",
        "https://discord.com/api/webhooks/" + made(18, DIGITS) + "/" + made(68, _KEY),
        against=("https://discord.com/api/webhooks/",),
    ),
    _key(
        "discord",
        r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
        "M" + made(25) + "." + made(6) + "." + made(38),
        against=("My.short.name",),
    ),
    _key("alibaba", r"LTAI[A-Za-z0-9]{12,20}", "LTAI" + made(20), against=("LTAI1",)),
    _key(
        "artifactory",
        r"AKCp[A-Za-z0-9]{69}|cmVmdGtuO[A-Za-z0-9]{55}",
        "AKCp" + made(69),
        against=("AKCp1",),
    ),
    _key(
        "age",
        r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
        "AGE-SECRET-KEY-1" + made(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
        against=("AGE-SECRET-KEY-1",),
    ),
    _key("heroku", r"HRKU-[A-Za-z0-9_-]{36,70}", "HRKU-" + made(60, _KEY), against=("HRKU-1",)),
    _key(
        "circleci",
        r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}",
        "CCIPAT_" + made(22) + "_" + made(40, HEX),
        against=("CCIPAT_1",),
    ),
    _key(
        "braintree",
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        "access_token$production$" + made(16, HEX) + "$" + made(32, HEX),
        against=("access_token$x",),
    ),
    _key(
        "azure.client-secret",
        r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
        made(3) + "8Q~" + made(34),
        against=("abc8Q~x",),
    ),
)
