"""The command `jurat` itself: its subcommands by name, each imported when it is called."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from ._failure import CLOSED_PIPE, INTERRUPTED, Failure, failed

# Where each subcommand lives, and its line in the help: so that help imports none of them.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("_init", "Start a bundle from one that ships with jurat."),
    "new": ("_new", "Begin a rule, a detector, a rule kind of your own, or CI."),
    "eval": ("_eval", "Judge requests, responses or a snapshot by a bundle."),
    "lint": ("_lint", "Look over bundles for mistakes, and mend them."),
    "fmt": ("_fmt", "Write the files of bundles in the one way."),
    "test": ("_test", "Run the tests of a bundle."),
    "diff": ("_diff", "Say what a change of policy does."),
    "laws": ("_laws", "Hold a bundle to the laws that hold for every policy."),
    "explain": ("_explain", "Say what a code, a rule kind, a bundle or a rule means."),
    "scan": ("_scan", "Find personal data and secrets in files; redact them."),
    "build": ("_build", "Make a bundle into one archive, the same bytes anywhere."),
    "sign": ("_sign", "Sign an archive of a bundle, or make a key to sign with."),
    "verify-bundle": ("_verify_bundle", "Check the signatures of an archive."),
    "report": ("_report", "Report on a bundle: its rules, and the controls they support."),
    "log": ("_log", "Read, query, verify, prove, export and replay a decision log."),
    "plugins": ("_plugins", "List the plugins that are installed."),
    "lsp": ("_lsp", "Serve editors: problems, completion and help while you type."),
    "schema": ("_schema", "Print the JSON Schema of a bundle or an input."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, and that ends every error well."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{COMMANDS[name][0]}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "there are " + ", ".join(COMMANDS)
            ctx.fail(f"no such command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run, and exit with the code that the command returns. No traceback leaves here."""
        if "NO_COLOR" in os.environ:
            extra.setdefault("color", False)
        try:
            code = super().main(args, prog_name or "jurat", complete_var, False, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            code = error.code if isinstance(error, Failure) else error.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            code = INTERRUPTED
        except BrokenPipeError:
            code = _let_go()
        except Exception as error:  # noqa: BLE001 # the one place where every error is told
            failure = failed(error)
            failure.show()
            code = failure.code
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # before click, which would make it exit code 1
            return _let_go()


def _let_go() -> int:
    """Whoever read our output is gone: end, and let the interpreter flush into nothing."""
    with suppress(OSError, ValueError):  # a stand-in for stdout, as in tests, has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"jurat {version('jurat')}")
        ctx.exit()


@click.group(
    "jurat",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok; 1 findings, a difference, a broken log, a replay that disagrees; 2 usage; "
    "3 an input can't be loaded; 4 internal or plugin failure; 10 a deny, with eval --exit-code.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Policy as code for AI and LLM governance: a verdict, and evidence that anyone can check."""


def main() -> NoReturn:
    """The entry point `jurat`."""
    cli.main()
