"""`merx sandbox`: what only a sandbox may do: move the clock of all its processes, and play every provider."""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from core import clock, plugins, processes
from core.commands.sandbox_server import SandboxServer
from core.commands.serve import free_port
from core.contracts.sandbox import Sandbox

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"([+-]?)(\d{1,6})([smhdw])")
HOST = "127.0.0.1"


@click.group("sandbox")
def command() -> None:
    """For trying out: refused in production."""


@command.command("clock", context_settings={"ignore_unknown_options": True})
@click.argument("span", required=False)
@with_appcontext
def move_clock(span: str | None) -> None:
    """Move the clock by SPAN (+7d, 30m, -2h); without it, say what time it is."""
    _only_in_a_sandbox("The clock can only be moved in a sandbox")
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


@command.command("serve")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="Of the first; 0 = free ones."
)
@click.option("--parent", type=int, hidden=True, help="End when this process ends, instead of the one that started us.")
@with_appcontext
def serve(port: int, parent: int | None) -> None:
    """Play the providers of all installed plugins until asked to stop, each on a port of its own."""
    _only_in_a_sandbox("Providers are only played in a sandbox")
    sandboxes = plugins.sandboxes()
    if not sandboxes:
        raise click.UsageError("No installed plugin brings a sandbox.")
    processes.die_with_parent(os.getppid() if parent is None else parent)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    with ExitStack() as stack:
        for place, sandbox in enumerate(sandboxes):
            folder = Path(current_app.config["VAR"]) / "sandbox" / sandbox.name
            url = stack.enter_context(_playing(sandbox, folder, port and port + place))
            click.echo(f"{sandbox.name} plays at {url}")
        ending.wait()


@contextlib.contextmanager
def _playing(sandbox: Sandbox, folder: Path, port: int) -> Iterator[str]:
    """One simulator on its port, its URL in the file ``url`` of its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server = SandboxServer(free_port(HOST, port))
    simulator = sandbox.make(folder, server.url)
    server.application = simulator
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name=sandbox.name)
    thread.start()
    (folder / "url").write_text(server.url, encoding="ascii")
    try:
        yield server.url
    finally:
        (folder / "url").unlink(missing_ok=True)
        simulator.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _only_in_a_sandbox(refusal: str) -> None:
    if not current_app.config.get("SANDBOX"):
        raise click.UsageError(f"{refusal}; this installation is not one (MERX_SANDBOX).")
