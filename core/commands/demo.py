"""`merx demo`: a shop to look at: makes it in a sandbox, serves it, plays a story over HTTP, tells how to go on."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from flask.cli import ScriptInfo, pass_script_info

from core import cli, migrations
from core.commands import demo_shop, demo_story
from core.commands.db import wings
from core.commands.demo_cast import Unexpected
from core.commands.demo_story import Cast
from core.db import db

#: the demo never touches what these name: it has a database of its own in var/
NOT_OURS = ("MERX_DATABASE_URL", "MERX_REDIS_URL", "MERX_SECRET_KEYS")
#: seconds the server has to come up, and to end
START, FAREWELL = 60.0, 20.0
LISTENS = re.compile(r"^Merx listens on (\S+)$", re.MULTILINE)


@click.command()
@click.option("--serve", "keep", is_flag=True, help="Go on serving after the story, until Ctrl-C.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Where to listen; any free port if left out.")
@pass_script_info
def command(info: ScriptInfo, keep: bool, port: int) -> None:
    """Play the demo: a tea shop, an order from the first question to completed, and two ways it goes wrong.

    Everything lies in var/ (or MERX_VAR), in sandbox mode, on SQLite. It can be played again and again.
    """
    var = _sandbox()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    key = _prepare(info.load_app())
    click.echo(f"The tea shop {demo_shop.CODE!r} stands in {var} (a sandbox).")
    log = var / "demo.log"
    with _serving(port, log) as (server, base_url):
        click.echo(f"Its server listens on {base_url}, and its worker runs beside it.")
        try:
            cast = demo_story.play(base_url, var, click.echo)
        except Unexpected as trouble:
            raise click.ClickException(f"The story went wrong. {trouble} The server's log is {log}.") from trouble
        click.echo("\nEvery step was as expected.")
        if keep:
            click.echo(_how_to_go_on(base_url, cast, key, var))
            _wait(server, log)


def _sandbox() -> Path:
    """Put this process and its children into the sandbox in var/."""
    var = Path(os.environ.get("MERX_VAR", "var")).resolve()
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ.update(MERX_VAR=str(var), MERX_SANDBOX="1")
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = all(os.access(path, os.R_OK | os.W_OK) for path in (var, *var.iterdir()))
    except PermissionError:
        mine = False
    if not mine:
        raise click.ClickException(
            f"{var} belongs to somebody else. Remove it, or name another folder: MERX_VAR=/tmp/merx-demo make run"
        )
    return var


def _prepare(app: Any) -> str:
    with app.app_context():
        if migrations.behind(db.engine, wings()):
            migrations.upgrade(db.engine, wings())
        key = demo_shop.open_shop()
        db.engine.dispose()
    return key


@contextmanager
def _serving(port: int, log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """`merx serve` as a child, with its base URL; it ends with the block, and with us whatever happens."""
    # -P: a file of the working directory must not stand in for one of ours
    start = f"import sys; sys.path.insert(0, {str(cli.HOUSE)!r}); import core.processes as p, core.cli as c; "
    start += f"p.die_with_parent({os.getpid()}); c.main()"
    log.unlink(missing_ok=True)
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-P", "-c", start, "serve", "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    try:
        yield server, _address(server, log)
    finally:
        # one Ctrl-C is enough
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        _end(server)
        for number, handler in before.items():
            signal.signal(number, handler)


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    give_up = time.monotonic() + START
    while server.poll() is None and time.monotonic() < give_up:
        if found := LISTENS.search(log.read_text("utf-8", "replace")):
            return found[1]
        time.sleep(0.05)
    raise click.ClickException(f"The server did not come up. It said:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(FAREWELL)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait(server: "subprocess.Popen[bytes]", log: Path) -> None:
    try:
        while server.poll() is None:
            time.sleep(0.2)
    except KeyboardInterrupt:
        click.echo("\nStopped.")
        return
    raise click.ClickException(f"The server ended by itself; {log} says why.")


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt


def _how_to_go_on(base_url: str, cast: Cast, key: str, var: Path) -> str:
    shop, admin = f"{base_url}/v1/shop/{demo_shop.CODE}", f"{base_url}/v1/admin/{demo_shop.CODE}"
    tokens: Mapping[str, str] = {"owner": cast.owner.token, "buyer": cast.mei.token, "API key": key}
    logins = ", ".join(demo_shop.STAFF)
    lines = [
        "",
        f"It goes on serving until Ctrl-C. Base URL  {base_url}",
        f"                                API docs  {base_url}/docs",
        "",
        *(f"  {name + ' token':<15} {token}" for name, token in tokens.items()),
        f"  staff sign in as {logins}; the password of all is {demo_shop.PASSWORD}",
        "",
        "Go on with curl:",
        f"  curl -s '{shop}/products'",
        f"  curl -s -H 'Authorization: Bearer {cast.mei.token}' '{shop}/orders'",
        f"  curl -s -H 'Authorization: Bearer {cast.owner.token}' '{admin}/orders/counts'",
        "",
        f"Move its clock:  MERX_SANDBOX=1 MERX_VAR={var} .venv/bin/merx sandbox clock +7d",
    ]
    return "\n".join(lines)
