"""`jurat plugins`: what is installed, what it adds, and what of it is broken."""

import json

import click

from jurat.plugin import LoadedPlugin, Registry, load_plugins

from ._failure import INTERNAL, OK, printable


@click.command("plugins", short_help="List the plugins that are installed.")
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def command(output: str) -> int:
    """List the plugins that are installed, with what they add: rule kinds, detectors, fact
    sources, limit stores, lint rules.

    JURAT_PLUGINS (names with commas) pins the set. Exits with 4 if a plugin is broken.
    """
    registry = load_plugins()
    code = INTERNAL if registry.broken else OK
    if output == "json":
        used = [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "kinds": list(plugin.kinds),
                "detectors": list(plugin.detectors),
                "packs": _packs(plugin, registry),
                "sources": list(plugin.sources),
                "stores": list(plugin.stores),
                "lint_rules": list(plugin.lint_rules),
            }
            for plugin in registry.plugins
        ]
        broken = [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "error": plugin.error,
                "hint": plugin.hint,
            }
            for plugin in registry.broken
        ]
        made = {"plugins": used, "broken": broken, "left_out": list(registry.left_out)}
        click.echo(json.dumps(made, indent=2))
        return code
    for plugin in registry.plugins:
        click.echo(f"{plugin.name}  ({plugin.distribution} {plugin.version})")
        for what, names in (
            ("rule kinds", plugin.kinds),
            *((f"detectors of {pack}", ids) for pack, ids in _packs(plugin, registry).items()),
            ("fact sources", plugin.sources),
            ("limit stores", plugin.stores),
            ("lint rules", plugin.lint_rules),
        ):
            if names:
                click.echo(f"  {what}: {', '.join(names)}")
    for bad in registry.broken:
        of = f"  ({bad.distribution} {bad.version})" if bad.distribution else ""
        click.echo(printable(f"{bad.name}{of}  BROKEN: {bad.error}"))
        if bad.hint:
            click.echo(printable(f"  {bad.hint}"))
    if registry.left_out:
        click.echo(f"left out by JURAT_PLUGINS: {', '.join(registry.left_out)}")
    if not (registry.plugins or registry.broken):
        click.echo("no plugin is in use", err=True)
    return code


def _packs(plugin: LoadedPlugin, registry: Registry) -> dict[str, list[str]]:
    """The ids of the plugin's detectors by pack; those of none under `no pack`."""
    packs: dict[str, list[str]] = {}
    own = frozenset(plugin.detectors)
    for detector in registry.detectors:
        if detector.id in own:
            packs.setdefault(detector.pack or "no pack", []).append(detector.id)
    return {pack: sorted(ids) for pack, ids in sorted(packs.items())}
