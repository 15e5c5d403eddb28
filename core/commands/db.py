"""`merx db`: bring the tables up to date, look whether they are, write a migration."""

from importlib.metadata import entry_points
from importlib.util import find_spec

import click
from flask.cli import with_appcontext

from core import migrations, models, plugins
from core.db import db

BUILT_INS = "plugins"
GROUP = "merx.plugins"


@click.group("db")
def command() -> None:
    """The tables."""


@command.command()
@with_appcontext
def upgrade() -> None:
    """Bring the tables of core and of every installed plugin up to date."""
    for wing, done in migrations.upgrade(db.engine, wings()).items():
        for step in done:
            click.echo(f"{wing}: {step}")
        if not done:
            click.echo(f"{wing}: up to date")


@command.command()
@with_appcontext
def check() -> None:
    """Fail if the tables are behind the code, or are not what the models say."""
    trouble = migrations.behind(db.engine, wings()) or migrations.differences(db.engine, wings())
    if trouble:
        raise click.ClickException("\n".join(trouble))
    click.echo("The tables are what this code wants.")


@command.command()
@click.argument("wing")
@click.option("-m", "message", required=True, help="What changes, in a few words.")
@with_appcontext
def revision(wing: str, message: str) -> None:
    """Write the next migration of WING (core or a plugin) from its models. For developers."""
    known = {one.name: one for one in wings()}
    if wing not in known:
        raise click.UsageError(f"There is no wing {wing!r} with a migrations folder; there are {', '.join(known)}.")
    written = migrations.revise(list(known.values()), known[wing], message)
    click.echo(f"wrote {written}: read it before you trust it" if written else f"{wing}: nothing has changed")


def wings() -> list[migrations.Wing]:
    """Core, then the installed plugins that have tables; to be asked inside an app context."""
    assert models.__all__, "importing them makes the metadata complete"
    packages = {point.name: point.value.partition(":")[0].rpartition(".")[0] for point in entry_points(group=GROUP)}
    packages |= {name: f"{BUILT_INS}.{name}" for name in plugins.manifests() if find_spec(f"{BUILT_INS}.{name}")}
    found = [
        migrations.wing_of(name, packages[name]) for name in sorted(plugins.manifests()) if packages.get(name)
    ]  # fmt: skip
    return [migrations.CORE, *(wing for wing in found if wing is not None)]
