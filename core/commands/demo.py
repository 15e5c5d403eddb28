"""`merx demo`: a shop to look at: makes it in a sandbox, serves it, plays a story over HTTP, tells how to go on."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import click
import httpx
from flask.cli import ScriptInfo, pass_script_info

from core import clock, migrations
from core.commands import demo_bad_days, demo_cast, demo_kdniao, demo_shop, demo_story, demo_wechat, doctor
from core.commands.db import wings
from core.commands.demo_buying import Scene
from core.commands.demo_cast import Narrator, Unexpected, expect
from core.commands.demo_children import Children
from core.commands.demo_end import how_to_go_on
from core.commands.demo_kdniao import Kdniao
from core.commands.demo_wechat import WechatPay
from core.commands.serve import free_port
from core.db import db

if sys.platform != "win32":
    import fcntl

#: the demo never touches what these name: it has a database of its own in var/
NOT_OURS = ("MERX_DATABASE_URL", "MERX_REDIS_URL", "MERX_SECRET_KEYS")
HOST = "127.0.0.1"
PLAYS = {name: re.compile(rf"^{name} plays at (\S+)$", re.MULTILINE) for name in ("wechatpay", "kdniao")}
LISTENS = re.compile(r"^Merx listens on (\S+)$", re.MULTILINE)
#: seconds that the worker has to come to rest before the doctor looks
REST = 10.0


@click.command()
@click.option(
    "--story", "stories", multiple=True, type=click.Choice(list(demo_bad_days.STORIES)),
    help="Play a bad day instead: money too late, twice, forged, too short. May be given several times.",
)  # fmt: skip
@click.option("--serve", "keep", is_flag=True, help="Go on serving after the story, until Ctrl-C.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Where to listen; any free port if left out.")
@pass_script_info
def command(info: ScriptInfo, stories: tuple[str, ...], keep: bool, port: int) -> None:
    """Play the demo: a tea shop, an order paid by WeChat from the first question to completed, money that goes back.

    WeChat Pay and Kdniao are played by their simulators, with real signatures. Everything lies in var/ (or MERX_VAR),
    in sandbox mode, on SQLite. It can be played again and again.
    """
    var = _sandbox()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with ExitStack() as stack:
        stack.enter_context(_alone_in(var))
        _begin_a_new_day(var)
        children = stack.enter_context(Children(var))
        simulator = children.start("sandbox", "sandbox", "serve")
        app: Any = info.load_app()
        click.echo(f"The tea shop {demo_shop.CODE!r} stands in {var} (a sandbox).")
        plays = {name: (simulator.heard(words), var / "sandbox" / name) for name, words in PLAYS.items()}
        wechat = stack.enter_context(closing(WechatPay(*plays["wechatpay"])))
        kdniao = stack.enter_context(closing(Kdniao(*plays["kdniao"])))
        click.echo(f"WeChat Pay is played by its simulator on {wechat.url}: real signatures, no money.")
        click.echo(f"Kdniao is played by its simulator on {kdniao.url}: real pushes, no parcels.")
        key = _prepare(app, {demo_wechat.PLUGIN: wechat.settings(), demo_kdniao.PLUGIN: kdniao.settings()})
        base_url = _serve(children, port)
        click.echo(f"Its server listens on {base_url}, and its worker runs beside it.")
        http = stack.enter_context(httpx.Client(base_url=base_url, timeout=30, trust_env=False))
        try:
            scene = _play(http, wechat, kdniao, var, stories)
            _ask_the_doctor(app)
            if keep:
                click.echo(how_to_go_on(base_url, scene, key, var))
        except Unexpected as trouble:
            logs = " and ".join(str(child.log) for child in children)
            raise click.ClickException(f"The story went wrong. {trouble} The logs are {logs}.") from trouble
        if keep:
            children.wait()


def _begin_a_new_day(var: Path) -> None:
    """What an earlier demo left unpaid has expired by then. And the simulator, which forgets its orders when it ends,
    counts anew each day: so its numbers are never used twice."""
    if (var / "merx.db").exists():
        clock.write_offset(var / "clock", timedelta(days=1))


def _serve(children: Children, port: int) -> str:
    """Start the server where WeChat Pay will send its notices. :returns: its base URL."""
    port = free_port(HOST, port)
    os.environ["MERX_PUBLIC_URL"] = f"http://{HOST}:{port}"
    return children.start("server", "serve", "--host", HOST, "--port", str(port)).heard(LISTENS)


def _play(http: httpx.Client, wechat: WechatPay, kdniao: Kdniao, var: Path, stories: tuple[str, ...]) -> Scene:
    """Play everything over HTTP, a line a step. :raises Unexpected: a step was not as it must be."""
    cast = demo_cast.sign_in(http)
    demo_wechat.switch_on(cast.owner)
    demo_kdniao.switch_on(cast.owner, kdniao)
    draw = demo_wechat.drawn if demo_wechat.can_draw(sys.stdout) else None
    scene = Scene(Narrator(cast.owner, var / "clock", click.echo, draw), cast, wechat, kdniao)
    wechat.refunds_take(demo_wechat.WHEN_TOLD)
    for play in [demo_bad_days.STORIES[name] for name in stories] or [demo_story.play]:
        play(scene)
    wechat.refunds_take(demo_wechat.QUICK)
    click.echo("\nEvery step was as expected.")
    return scene


def _ask_the_doctor(app: Any) -> None:
    """Every invariant must hold over what the story left behind. :raises Unexpected: one does not."""
    give_up = time.monotonic() + REST
    while True:
        with app.app_context():
            merchant = demo_shop.merchant_id()
            told = list(doctor.examine({merchant: demo_shop.CODE}, merchant, most=3))
            db.engine.dispose()
        ill = [f"{one.name}: {' '.join(one.sentences) or one.trouble}" for one in told if not one.well]
        if not ill:
            click.echo(f"`merx doctor` has {len(told)} questions about the shop's rows, and finds nothing wrong.")
            return
        expect(time.monotonic() < give_up, f"`merx doctor` finds: {'; '.join(ill)}")
        time.sleep(0.5)


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


@contextmanager
def _alone_in(var: Path) -> Iterator[None]:
    """Two demos in one sandbox would move each other's clock and take each other's simulator away."""
    if sys.platform == "win32":
        yield
        return
    with (var / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"A demo plays in {var} already. Stop it with Ctrl-C, or name another folder: "
                "MERX_VAR=/tmp/merx-demo merx demo"
            ) from None
        yield


def _prepare(app: Any, provided: Mapping[str, Mapping[str, Any]]) -> str:
    with app.app_context():
        if migrations.behind(db.engine, wings()):
            migrations.upgrade(db.engine, wings())
        key = demo_shop.open_shop(provided)
        db.engine.dispose()
    return key


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt
