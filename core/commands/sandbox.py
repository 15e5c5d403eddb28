"""`merx sandbox`: what only a sandbox may do: move the clock of all its processes together."""

import re
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from core import clock

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"([+-]?)(\d{1,6})([smhdw])")


@click.group("sandbox")
def command() -> None:
    """For trying out: refused in production."""


@command.command("clock", context_settings={"ignore_unknown_options": True})
@click.argument("span", required=False)
@with_appcontext
def move_clock(span: str | None) -> None:
    """Move the clock by SPAN (+7d, 30m, -2h); without it, say what time it is."""
    if not current_app.config.get("SANDBOX"):
        raise click.UsageError("The clock can only be moved in a sandbox; this installation is not one (MERX_SANDBOX).")
    if span is not None:
        match = SPAN.fullmatch(span)
        if match is None:
            raise click.UsageError(f"{span!r} is no span of time; write +7d, 12h, 30m, 90s or -1w.")
        sign, number, unit = match.groups()
        delta = timedelta(**{UNITS[unit]: int(number)})
        try:
            clock.write_offset(Path(current_app.config["VAR"]) / "clock", -delta if sign == "-" else delta)
        except ValueError as trouble:
            raise click.UsageError(str(trouble)) from trouble
    click.echo(clock.now().isoformat(timespec="seconds"))
