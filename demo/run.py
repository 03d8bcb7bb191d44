"""The main job in two minutes: real requests and an organisation judged, the evidence checked.

    make demo

Every step is a command that you can run yourself; nothing leaves this machine. What is written
goes to var/demo.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CAPTURES = ROOT / "tests" / "cases" / "sdk"
EXAMPLES = ROOT / "policies" / "jurat_policies" / "openai-enterprise" / "examples"
PLACE = ROOT / "var" / "demo"
JURAT = shutil.which("jurat", path=Path(sys.executable).parent) or "jurat"
NOW = "2026-05-25T12:00:00Z"
CALLER = [
    "actor.id=svc-chatbot-prod",
    "actor.credential.id=key-prod-001",
    "actor.credential.project=proj-prod",
    "actor.credential.created_at=2026-03-31T12:00:00Z",
    "actor.credential.expires_at=2026-06-30T12:00:00Z",
    "actor.credential.status=active",
    "actor.credential.owner=svc-chatbot-prod",
    'actor.credential.scopes=["chat.completions"]',
    "source.tls_version=1.3",
    "project.id=proj-prod",
    "endpoint.id=azure-weu",
]


def main() -> int:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    # the demo's keys are its own: it leaves no trace in the user's configuration
    os.environ["JURAT_CONFIG_DIR"] = str(PLACE / "keys")
    os.environ.setdefault("COLUMNS", "100")
    os.chdir(ROOT)
    prepare()

    title("1. What the real SDKs send, by a bundle that needs only model and text")
    for provider in ("openai.chat", "anthropic.messages"):
        step(
            *("eval", "starter", f"var/demo/{provider}.jsonl", "--as", provider),
            *("--supports", "redact", "--log", "var/demo/log", "--now", NOW),
        )

    title("2. The same kind of body by an enterprise's policy: who calls, from where, to where")
    withs = [word for fact in CALLER for word in ("--with", fact)]
    enterprise = ("eval", "openai-enterprise", "var/demo/one.json", "--as", "openai.chat")
    options = ("--supports", "redact,header", "--log", "var/demo/log", "--now", NOW)
    step(*enterprise, *withs, "--with", "source.ip=10.0.1.50", *options)
    step(*enterprise, *withs, "--with", "source.ip=203.0.113.1", *options, "--explain")

    title("3. The organisation's own state, by the same rules")
    for snapshot in ("snapshot", "drifted"):
        file = f"var/demo/{snapshot}.json"
        step("eval", "openai-enterprise", file, "--log", "var/demo/log", "--now", NOW)

    title("4. The evidence: recomputed from the bytes, and every decision decided again")
    ok = step("log", "verify", "var/demo/log") == 0
    ok &= step("log", "replay", "var/demo/log") == 0

    title("5. One byte of a copy edited")
    copy = PLACE / "edited"
    shutil.copytree(PLACE / "log", copy)
    segment = min((copy / "seg").iterdir())
    data = segment.read_bytes()
    at = data.index(b'"effect":"deny"')
    segment.write_bytes(data[:at] + b'"effect":"denx"' + data[at + 15 :])
    print('(the first "effect":"deny" is now "effect":"denx")', flush=True)
    caught = step("log", "verify", "var/demo/edited") == 1
    print()
    print("The edit was caught." if caught else "The edit was NOT caught.")
    return 0 if ok and caught else 1


def prepare() -> None:
    """The captured bodies of each provider, as JSONL; the organisation as declared, and not."""
    for provider, prefix in (("openai.chat", "openai-chat"), ("anthropic.messages", "anthropic")):
        bodies = [body(path) for path in sorted(CAPTURES.glob(f"{prefix}*.json"))]
        (PLACE / f"{provider}.jsonl").write_text("".join(line + "\n" for line in bodies))
    (PLACE / "one.json").write_text(body(CAPTURES / "openai-chat-plain.json") + "\n")
    text = (EXAMPLES / "snapshot.json").read_text()
    (PLACE / "snapshot.json").write_text(text)
    drifted = json.loads(text)
    drifted["credentials"]["items"]["key-prod-001"]["created_at"] = "2026-03-20T12:00:00Z"
    drifted["limits"]["items"]["limit-proj-prod"]["rpm"] = 30000
    drifted["principals"]["items"]["user-trial"] = {"kind": "user", "status": "active"} | {
        "roles": ["org-owner"],
        "last_active_at": "2026-01-07T09:00:00Z",
    }
    (PLACE / "drifted.json").write_text(json.dumps(drifted))


def body(capture: Path) -> str:
    return str(json.loads(capture.read_text())["request"]["body"])


def title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def step(*arguments: str) -> int:
    print("\n$ jurat " + " ".join(f"'{a}'" if " " in a else a for a in arguments), flush=True)
    return subprocess.run([JURAT, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
