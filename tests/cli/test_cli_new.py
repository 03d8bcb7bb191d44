"""`jurat new`: what it writes, where, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.engine import Engine

Run = Callable[..., Result]


@pytest.fixture
def root(run: Run, tmp_path: Path) -> Path:
    root = tmp_path / "policy"
    assert run("init", root).exit_code == 0
    return root


def tree(root: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_a_rule_comes_with_its_tests(run: Run, root: Path) -> None:
    done = run("new", "rule", "network.egress", "--bundle", root)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        str(root / "rules" / "egress.yaml"),
        str(root / "tests" / "egress.yaml"),
    ]
    assert run("fmt", "--check", root).exit_code == 0
    assert run("test", root).exit_code == (1 if "come out otherwise" in done.stderr else 0)


def test_a_new_bundle_with_a_new_rule_is_armed(run: Run, root: Path) -> None:
    done = run("new", "rule", "tool.allowlist", "--bundle", root, "--file", "starter")
    assert done.exit_code == 0, done.output
    assert "come out otherwise" in done.stderr
    upset = [line.strip() for line in done.stderr.splitlines() if line.startswith("  ")]
    assert upset
    tests = root / "tests" / "starter.yaml"
    tests.unlink()  # what a person would look at, one by one
    with Engine.load(root) as engine:
        assert "tools" in {rule.id for plan in engine.plans for rule in plan.bundle.rules}
    assert run("fmt", "--check", root).exit_code == 0


def test_in_shadow_a_rule_upsets_nothing(run: Run, root: Path) -> None:
    done = run("new", "rule", "tool.allowlist", "--bundle", root, "--mode", "shadow")
    assert "come out otherwise" not in done.stderr
    assert run("test", root).exit_code == 0
    assert run("fmt", "--check", root).exit_code == 0
    assert "mode: shadow  # since 2" in (root / "rules" / "tools.yaml").read_text("utf-8")
    assert "JL307" not in run("lint", root).output  # it says since when it watches


def test_what_the_bundle_lacks_is_told(run: Run, root: Path) -> None:
    done = run("new", "rule", "prompt.registry", "--bundle", root)
    assert done.exit_code == 0
    assert "to be mended before it loads" in done.stderr
    assert "rules/prompts.yaml:1:" in done.stderr


def test_a_detector_is_found(run: Run, root: Path) -> None:
    done = run("new", "detector", "acme.customer-id", "--bundle", root)
    assert done.exit_code == 0, done.output
    assert run("fmt", "--check", root).exit_code == 0
    with Engine.load(root) as engine:
        (plan,) = engine.plans
        assert [one.entity for one in plan.bundle.detectors] == ["ACME_CUSTOMER_ID"]


def test_nothing_is_overwritten(run: Run, root: Path) -> None:
    for arguments in (
        ("rule", "credential.age", "--id", "starter"),
        ("detector", "acme.x"),
    ):
        run("new", *arguments, "--bundle", root)
        before = tree(root)
        done = run("new", *arguments, "--bundle", root)
        assert done.exit_code == 3, done.output
        assert "nothing is overwritten" in done.output
        assert tree(root) == before


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("rule", "credential.aeg"), 2, "did you mean credential.age?"),
        (("rule", "credential.age", "--id", "../x"), 2, "--id"),
        (("rule", "credential.age", "--file", "../x"), 2, "--file"),
        (("detector", "../x"), 2, "acme.customer-id"),
        (("detector", "x", "--entity", "lower"), 2, "--entity"),
        (("kind", "nodot"), 2, "vendor.kind"),
        (("kind", "Acme.Kind"), 2, "vendor.kind"),
        (("kind", "acme.class"), 2, "vendor.kind"),
        (("kind", "acme.."), 2, "vendor.kind"),
    ],
)
def test_wrong_names_are_told(
    run: Run, root: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    before = tree(root)
    more = () if arguments[0] == "kind" else ("--bundle", str(root))
    done = run("new", *arguments, *more)
    assert done.exit_code == code, done.output
    assert told in done.output
    assert tree(root) == before


def test_a_directory_that_is_no_bundle(run: Run, tmp_path: Path) -> None:
    done = run("new", "rule", "credential.age", "--bundle", tmp_path)
    assert done.exit_code == 3
    assert "no bundle.yaml" in done.output


def test_a_kind_needs_an_empty_directory(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "p"
    assert run("new", "kind", "acme.listed", "--directory", target).exit_code == 0
    assert run("new", "kind", "acme.listed", "--directory", target).exit_code == 2
    assert (target / "acme_listed" / "py.typed").read_bytes() == b""
