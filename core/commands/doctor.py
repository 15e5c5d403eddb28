"""`merx doctor`: every invariant of core and of the installed plugins over all data; says how to mend what it finds."""

import sys

import click
from flask.cli import with_appcontext

from core import plugins
from core.db import across_merchants, reading


@click.command()
@with_appcontext
def command() -> None:
    """Check every invariant over all data; changes nothing. Ends with 1 if something is wrong."""
    breaches = 0
    with reading(), across_merchants():
        for plugin, check in plugins.checks():
            found = check.find()
            breaches += len(found)
            click.echo(f"{'ok  ' if not found else 'WRONG'} {plugin}: {check.name}")
            for sentence in found:
                click.echo(f"      {sentence}")
            if found:
                click.echo(f"      To mend it: {check.mend}")
    sys.exit(1 if breaches else 0)
