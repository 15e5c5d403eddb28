"""The console script: `merx <command>`; each command is a file of core/commands/, loaded when it is asked for."""

import importlib
import pkgutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError, ProgrammingError

from core import commands
from core.errors import MerxError

HOUSE = Path(__file__).resolve().parents[1]
#: what must lie side by side, and is loaded by these names
ROOMS = ("core", "plugins", "app")


class Merx(click.Group):
    """The commands of core/commands/, by the names of their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file there that holds a command."""
        names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
        return [name for name in names if self.get_command(ctx, name) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command in the file of that name."""
        if not cmd_name.isidentifier() or find_spec(f"{commands.__name__}.{cmd_name}") is None:
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        for attribute in ("command", cmd_name):
            if isinstance(found := getattr(module, attribute, None), click.Command):
                return found
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what we refuse is told in words, not in a traceback."""
        try:
            return super().invoke(ctx)
        except MerxError as refusal:
            fields = [f"  {field.pointer}: {field.message}" for field in refusal.errors]
            raise click.ClickException("\n".join([refusal.detail, *fields])) from refusal
        except (OperationalError, ProgrammingError) as trouble:
            raise click.ClickException(_database_trouble(str(trouble.orig))) from trouble


def _database_trouble(said: str) -> str:
    if "no such table" in said or "does not exist" in said or "no such column" in said:
        return f"The tables are not there, or older than this code ({said.strip()}). Run `merx db upgrade`."
    return f"The database does not answer: {said.strip()}"


def make_app() -> Flask:
    """The app, loaded by name: never by a path that the working directory could bend."""
    create: Any = importlib.import_module("app").create_app
    app: Flask = create()
    return app


def strangers(house: Path = HOUSE) -> list[str]:
    """What stands in the way of loading our own rooms by their names; one sentence each, without importing them."""
    found = []
    for room in ROOMS:
        spec = find_spec(room)
        places = [spec.origin] if spec and spec.origin else list((spec and spec.submodule_search_locations) or [])
        wanted = house / room
        if not places:
            found.append(f"{wanted}(.py) is missing: {', '.join(ROOMS)} must lie side by side.")
        elif not any(
            Path(place).resolve() in (wanted, wanted / "__init__.py", house / f"{room}.py") for place in places
        ):
            found.append(f"{places[0]} shadows our own {room!r} in {house}: run merx elsewhere, or rename that file.")
    return found


@click.group(
    cls=Merx,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`merx COMMAND --help` says more of each.",
)
def merx() -> None:
    """Merx: the shop's server, its jobs, its tables and its merchants."""


def main() -> None:
    """The console script."""
    if trouble := strangers():
        click.echo("\n".join(trouble), err=True)
        sys.exit(2)
    merx.main(prog_name="merx", obj=ScriptInfo(create_app=make_app, set_debug_flag=False))


if __name__ == "__main__":
    main()
