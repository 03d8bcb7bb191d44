"""A stranger's package, really installed, and a kind that is one file more: no edit of jurat."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jurat_rules

SAMPLE = Path(__file__).parent / "sample"
BUNDLE = {
    "bundle.yaml": "name: hours\nversion: 1.0.0\nrevision: 1\n",
    "rules/hours.yaml": """\
- {id: callers, title: All may call, kind: expression, effect: permit, severity: info, when: 'true'}
- {id: hours, title: Office hours only, kind: acme.call_window, effect: deny, severity: high,
   params: {from_hour: 8, to_hour: 18}}
""",
}
LISTS = """
from jurat.plugin import load_plugins
for plugin in load_plugins().plugins:
    if plugin.kinds:
        print(plugin.name, plugin.distribution, plugin.version, *plugin.kinds)
"""
DECIDES = """
import sys
import jurat
engine = jurat.Engine.load(sys.argv[1])
request = {"action": "chat.completions", "model": "gpt-4.1", "messages": []}
for time in ("08:00", "17:59", "18:00", "07:59"):
    decision = engine.evaluate(request, now=f"2026-05-25T{time}:00Z")
    print(time, decision.effect, *(f"{r.rule}/{r.code}: {r.message}" for r in decision.reasons))
"""
REFUSES = """
import sys
import jurat
try:
    jurat.Engine.load(sys.argv[1])
except jurat.BundleError as error:
    print(error)
else:
    print("armed")
"""


def run(code: str, *args: Path, path: Path, pins: str | None = None) -> str:
    environ = {key: value for key, value in os.environ.items() if key != "JURAT_PLUGINS"}
    environ |= {"PYTHONPATH": str(path)} | ({} if pins is None else {"JURAT_PLUGINS": pins})
    command = [sys.executable, "-c", code, *map(str, args)]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pip_install(source: Path, target: Path) -> None:
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    root = tmp_path_factory.mktemp("acme")
    shutil.copytree(SAMPLE, root / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip_install(root / "source", root / "site")
    return root / "site"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    for name, text in BUNDLE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_an_installed_plugin_is_listed(installed: Path) -> None:
    own, acme = run(LISTS, path=installed).splitlines()
    assert own.startswith("rules jurat ")
    assert acme == "acme acme-rules 2.3.0 acme.call_window"


def test_its_kind_decides(installed: Path, bundle: Path) -> None:
    assert run(DECIDES, bundle, path=installed).splitlines() == [
        "08:00 allow",
        "17:59 allow",
        "18:00 deny hours/outside-window: decided at 18:00 UTC",
        "07:59 deny hours/outside-window: decided at 07:59 UTC",
    ]


def test_a_bundle_is_not_armed_without_its_plugin(
    installed: Path, bundle: Path, tmp_path: Path
) -> None:
    told = run(REFUSES, bundle, path=tmp_path)
    assert "no rule kind `acme.call_window`" in told
    assert run(REFUSES, bundle, path=installed, pins="rules") == told


def test_a_bundle_is_not_armed_with_a_broken_plugin(
    installed: Path, bundle: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(installed, site)
    assert run(REFUSES, bundle, path=site) == "armed\n"
    module = site / "acme_rules.py"
    module.write_text("raise SystemExit('out of order')\n" + module.read_text())
    other = site / "aaa-1.0.dist-info"  # broken too, and first in order: not the one to name
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: aaa\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text("[jurat]\naaa = no_such_module\n")
    told = run(REFUSES, bundle, path=site)
    assert "rules/hours.yaml:2:" in told
    assert "plugin acme is broken: SystemExit while importing it (acme_rules, line 1)" in told
    assert "out of order" not in told
    assert run(LISTS, path=site).startswith("rules ")  # the others go on


def test_a_kind_among_the_built_in_ones_is_one_file(bundle: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    copy = site / "jurat_rules"
    source = Path(jurat_rules.__file__).parent
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    kind, marker, _ = (SAMPLE / "acme_rules.py").read_text().partition("@hookimpl")
    assert marker
    (copy / "schedule_window.py").write_text(kind.replace("acme.call_window", "schedule.window"))
    rules = bundle / "rules" / "hours.yaml"
    rules.write_text(rules.read_text().replace("acme.call_window", "schedule.window"))
    (listed,) = run(LISTS, path=site).splitlines()
    assert "schedule.window" in listed.split()
    assert "18:00 deny hours/outside-window" in run(DECIDES, bundle, path=site)
