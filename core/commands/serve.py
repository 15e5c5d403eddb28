"""`merx serve`: the HTTP server, and without Redis the embedded worker beside it; none outlives the other."""

# loaded before server processes are forked: the announcing thread would be in the middle of it, and a module that is
# half imported when its process forks stays so in the child, whose first request then hangs or fails
import encodings.idna  # noqa: F401
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

import click
from flask.cli import ScriptInfo, pass_script_info
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from core import cli, migrations, processes
from core.child import KeptChild
from core.commands import watched
from core.commands.db import wings
from core.db import db

log = logging.getLogger("merx.serve")

PARENT = "MERX_PARENT"
#: the pool of each server worker is as large as its threads, see core.db.engine_options
THREADS = "MERX_THREADS"
#: granian's own lines go where ours go
LOG = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}
#: seconds a server worker has to finish its requests
FAREWELL = 10


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 = any free one.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads of each.")
@pass_script_info
def command(info: ScriptInfo, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the shop over HTTP until asked to stop."""
    os.environ[PARENT], os.environ[THREADS] = str(os.getpid()), str(threads)
    port = free_port(host, port)
    app: Any = info.load_app()
    with app.app_context():
        trouble = migrations.behind(db.engine, wings())
        db.engine.dispose()
    if trouble:
        raise click.UsageError("\n".join([*trouble, "Run `merx db upgrade` first."]))
    watched.begin(app)
    worker = None if app.config.get("REDIS_URL") else KeptChild(_worker_command, os.environ)
    serve(host, port, workers, threads, worker)


def serve(host: str, port: int, workers: int, threads: int, worker: KeptChild | None) -> None:
    """Serve until SIGTERM or SIGINT, with *worker* beside it."""
    server = Server(
        "merx", address=host, port=port, interface=Interfaces.WSGI, workers=workers, blocking_threads=threads,
        respawn_failed_workers=True, workers_kill_timeout=FAREWELL, log_level=LogLevels.warning,
        process_name=None, websockets=False, log_dictconfig=LOG,
    )  # fmt: skip
    threading.Thread(target=_announce, args=(host, port), name="announce", daemon=True).start()
    if worker is not None:
        worker.start()
    try:
        server.serve(target_loader=load_for_server, wrap_loader=False)
    finally:
        if worker is not None:
            worker.stop()


def load_for_server() -> Callable[..., Any]:
    """The WSGI app, in a server process that ends with its parent. Called by granian in each of its workers."""
    processes.die_with_parent(int(os.environ[PARENT]))
    for number in (signal.SIGTERM, signal.SIGINT):
        # until granian listens for them: those it inherited would hear and do nothing
        signal.signal(number, signal.SIG_DFL)
    app = cli.make_app()
    if multiprocessing.get_start_method() != "fork":
        watched.begin(app)
    return app


def free_port(host: str, port: int) -> int:
    """*port* if it can be listened on, or any free one for 0.

    :raises click.UsageError: it is taken, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # as the server does; one that listens there is in the way all the same
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as trouble:
            raise click.UsageError(
                f"Cannot listen on {host} port {port}: {trouble.strerror}. Is another server running? "
                "Take another port with --port, or --port 0 for any free one."
            ) from trouble
        taken: int = probe.getsockname()[1]
        return taken


def _worker_command(beat: int) -> list[str]:
    # -P: a file of the working directory must not stand in for one of ours
    merx = [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(cli.HOUSE)!r}); import core.cli as c; c.main()",
    ]
    return [*merx, "worker", "--embedded", "--parent", str(os.getpid()), "--beat", str(beat)]


def _announce(host: str, port: int) -> None:
    """Say where we listen once somebody answers there."""
    shown = f"[{host}]" if ":" in host else host
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while True:
        connection = HTTPConnection(target, port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            click.echo(f"Merx listens on http://{shown}:{port}")
            return
        finally:
            connection.close()
