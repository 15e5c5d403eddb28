"""`merx worker`: runs jobs, from rq's queues or, with --embedded, straight from the job table."""

import os
from importlib import import_module
from typing import Any

import click
from flask.cli import ScriptInfo, pass_script_info

from core import carrier, child, plugins, processes, rounds
from core.commands import watched


@click.command()
@click.argument("names", nargs=-1, metavar="[PLUGIN]...")
@click.option("--embedded", is_flag=True, help="Run due jobs from the job table; needs no Redis.")
@click.option("--parent", type=int, hidden=True, help="End when this process ends.")
@click.option("--beat", type=int, hidden=True, help="File descriptor on which to say that all is well.")
@pass_script_info
def command(info: ScriptInfo, names: tuple[str, ...], embedded: bool, parent: int | None, beat: int | None) -> None:
    """Run jobs until asked to stop. With PLUGIN names (or `core`), only theirs."""
    if parent is not None:
        processes.die_with_parent(parent)
    app: Any = info.load_app()
    if embedded:
        if names:
            raise click.UsageError("The embedded worker runs the jobs of every plugin: leave the names out.")
        watched.begin(app)
        rounds.work_embedded(app, rounds.Stop().listen(), child.Beat(beat) if beat is not None else lambda _: None)
        return
    if not app.config.get("REDIS_URL"):
        raise click.UsageError(
            "No Redis is configured: set MERX_REDIS_URL, or run `merx worker --embedded`, which needs none."
        )
    with app.app_context():
        known = ["core", *sorted(plugins.manifests())]
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"There is no plugin {unknown[0]!r}; there are {', '.join(known)}.")
    import_module("core.models")
    watched.begin(app)
    click.echo(f"worker {os.getpid()} runs the jobs of {', '.join(names or known)}", err=True)
    carrier.make_worker(app, names or known).work(logging_level="WARNING")
