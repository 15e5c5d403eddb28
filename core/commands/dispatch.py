"""`merx dispatch`: gives due jobs to rq; any number may run side by side, there is no leader."""

from typing import Any

import click
from flask.cli import ScriptInfo, pass_script_info

from core import rounds
from core.commands import watched


@click.command()
@pass_script_info
def command(info: ScriptInfo) -> None:
    """Give due jobs to the workers, through Redis, until asked to stop."""
    app: Any = info.load_app()
    if not app.config.get("REDIS_URL"):
        raise click.UsageError(
            "No Redis is configured: set MERX_REDIS_URL, or run `merx worker --embedded`, which needs none."
        )
    watched.begin(app)
    rounds.dispatch(app, rounds.Stop().listen())
