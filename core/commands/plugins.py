"""`merx plugins`: list, enable, disable, order, configure and check a merchant's plugins."""

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core import plugins, redaction
from core.contracts.people import Actor
from core.current import acting
from core.db import db, reading, transaction
from core.errors import MerxError
from core.flows import plugin_check
from core.ids import new_id
from core.models import Merchant
from core.services import merchants, plugin_settings

for_merchant = click.option("--merchant", "code", required=True, help="The merchant's code.")


@click.group("plugins")
def command() -> None:
    """What plugins there are, and which of them a merchant uses."""


@command.command("list")
@click.option("--merchant", "code", help="The merchant's code; without it, what is installed.")
@with_appcontext
def list_plugins(code: str | None) -> None:
    """Every plugin there is, in the merchant's order."""
    if code is None:
        for name, manifest in sorted(plugins.manifests().items()):
            click.echo(f"{name}\t{manifest.title.get('en', name)}")
        for name, why in sorted(plugins.broken().items()):
            click.echo(f"{name}\tQUARANTINED: {why}")
        return
    with _for(code), reading():
        for state in plugin_settings.all_plugins():
            word = (
                f"QUARANTINED: {state.reason}" if state.broken else f"on, {state.position}" if state.enabled else "off"
            )
            click.echo(f"{state.name}\t{word}")


@command.command()
@for_merchant
@click.argument("name")
@with_appcontext
def enable(code: str, name: str) -> None:
    """Check a plugin and switch it on."""
    with _for(code):
        plugin_check.enable_plugin(name)
    click.echo(f"{name} is on for {code}.")


@command.command()
@for_merchant
@click.argument("name")
@with_appcontext
def disable(code: str, name: str) -> None:
    """Switch a plugin off; refused while things of it are open."""
    with _for(code), transaction():
        plugin_settings.disable(name)
    click.echo(f"{name} is off for {code}.")


@command.command("order")
@for_merchant
@click.argument("names", nargs=-1, required=True)
@with_appcontext
def order_plugins(code: str, names: tuple[str, ...]) -> None:
    """Ask the plugins that are on in this order; name each of them."""
    with _for(code), transaction():
        plugin_settings.reorder(names)
    click.echo(f"{code} asks {', '.join(names)}.")


@command.command()
@for_merchant
@click.argument("name")
@click.argument("settings", nargs=-1, required=True)
@with_appcontext
def configure(code: str, name: str, settings: tuple[str, ...]) -> None:
    """Change settings, given as field=value; the value is JSON, or text as it stands. `-` reads a JSON object."""
    patch = json.loads(sys.stdin.read()) if settings == ("-",) else dict(_pair(text) for text in settings)
    with _for(code), transaction():
        state = plugin_settings.change_settings(name, patch)
    click.echo(json.dumps(dict(state.settings), ensure_ascii=False, indent=2, default=str))


@command.command()
@for_merchant
@click.argument("name")
@with_appcontext
def check(code: str, name: str) -> None:
    """Ask a plugin whether its settings and accounts work; exit code 1 if not."""
    with _for(code):
        findings = plugin_check.check_plugin(name)
    click.echo(redaction.redact("\n".join(findings)) or f"{name}: all is well.")
    if findings:
        raise SystemExit(1)


@contextlib.contextmanager
def _for(code: str) -> Iterator[None]:
    with reading():
        row = db.session().scalar(select(Merchant).where(Merchant.code == code))
        if row is None:
            raise click.ClickException(f"there is no merchant {code!r}")
        view = merchants.view(row)
        plugins.refresh(row.id, row.plugin_version)
    try:
        with acting(view, Actor("system", None, "merx plugins", "cli", str(new_id()), frozenset({"*"}))):
            yield
    except MerxError as refusal:
        fields = [f"{error.pointer}: {error.message}" for error in refusal.errors]
        raise click.ClickException(redaction.redact("\n".join([refusal.detail, *fields]))) from None


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not field=value")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
