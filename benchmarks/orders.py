"""`make bench`: complete orders per second over HTTP, what each costs, and the floor of the same rows beside it."""

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app
from benchmarks import floor, load
from benchmarks.load import Measured
from benchmarks.shop import REQUESTS, Shop, make_shop, requests
from core.db import db
from tests.servers import start_postgres, start_valkey

CONNECTIONS = (1, 8, 32)
#: seconds of each measurement
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
FLOOR_SECONDS = SECONDS / 3
WORKERS = 2
START = 60.0
HOUSE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure, and print the tables."""
    begin = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-bench-")))
        postgres, valkey = start_postgres(folder, durable=True), start_valkey(folder)
        stack.callback(valkey.stop)
        stack.callback(postgres.stop)
        postgres.create_database("bench")
        url = postgres.url("bench")
        say(machine())
        config = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "VAR": str(folder / "var")}
        app = create_app(config)
        shop = make_shop(app, max(CONNECTIONS) + 1)
        costs, recording = one_order(app, shop)
        before = size_and_orders(app)
        measure_http(config, shop)
        say_costs(costs, recording)
        size, orders = (after - then for after, then in zip(size_and_orders(app), before, strict=True))
        say(f"An order takes {size / orders / 1024:.0f} KiB on disk, with its indexes and its jobs.")
        measure_floor(url, recording)
    say(f"\nDone in {time.monotonic() - begin:.0f} s. Noise on a shared machine is ±30 %: compare runs of one hour.")


def say(text: str) -> None:
    """Print, at once."""
    print(text, flush=True)


def machine() -> str:
    """What this was measured on."""
    model = "unknown processor"
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        model = found[1] if found else model
    except OSError:
        model = platform.processor() or model
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, Python {platform.python_version()}, load before {busy:.1f}\n"
        f"PostgreSQL (fsync on), Valkey, `merx serve` with {WORKERS} workers and the load client share the machine.\n"
        f"An order has two goods lines and {len(REQUESTS)} requests: {', '.join(REQUESTS)}; those that write carry an "
        "Idempotency-Key."
    )


# ------------------------------------------------------------------------------------------------ over HTTP
def measure_http(config: dict[str, str], shop: Shop) -> None:
    """Orders per second and times, with nothing but the server; then with dispatcher and worker beside it."""
    say(f"\n{'over HTTP':<32}{'orders/s':>9}   " + "".join(f"{name + ' p50/p95':>24}" for name in REQUESTS))
    with serving(config) as port:
        for connections in CONNECTIONS:
            found = load.in_another_process(load.orders_over_http, port, shop.plain, connections, SECONDS)
            say_line(f"{connections} connections", found)
        with merx("dispatch", config), merx("worker", config):
            found = load.in_another_process(load.orders_over_http, port, shop.plain, 8, SECONDS)
            say_line("8 connections, jobs run as well", found)


def say_line(title: str, found: Measured) -> None:
    """One line of the table."""
    times = "".join(
        f"{f'{found.percentile(name, 0.5):.0f} / {found.percentile(name, 0.95):.0f} ms':>24}" for name in REQUESTS
    )
    say(f"{title:<32}{found.per_second:>9.1f}   {times}")


@contextmanager
def serving(config: dict[str, str]) -> Iterator[int]:
    """`merx serve` on a free port."""
    with merx("serve", config, "--port", "0", "--workers", str(WORKERS)) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if found := re.search(r"listens on http://127\.0\.0\.1:(\d+)", line):
                wait_for(int(found[1]))
                yield int(found[1])
                return
        raise RuntimeError("merx serve ended before it listened")


@contextmanager
def merx(command: str, config: dict[str, str], *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of ours as a process, ended with the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
    environment |= {f"MERX_{name}": value for name, value in config.items()} | {"PYTHONPATH": str(HOUSE)}
    process = subprocess.Popen(
        [sys.executable, "-m", "core.cli", command, *options], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for(port: int) -> None:
    """Until every worker has answered a few times."""
    give_up = time.monotonic() + START
    answered = 0
    while answered < 20:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            answered += connection.getresponse().status == 200
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


# ------------------------------------------------------------------------------------------------ what it costs
def one_order(app: Flask, shop: Shop) -> tuple[list[tuple[int, int]], floor.Recording]:
    """One order in this process: (statements, commits) of each request, and the rows that it wrote."""
    play = player(app, shop)
    for turn in range(3):
        play(turn, lambda: None)
    counted = [0, 0]
    seen: list[tuple[int, int]] = []
    pictures = []
    with app.app_context():
        engine = db.engine

    def statement(*_: Any) -> None:
        counted[0] += 1

    def commit(*_: Any) -> None:
        counted[1] += 1

    def look() -> None:
        seen.append((counted[0], counted[1]))
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)
        pictures.append(floor.picture(engine))
        watch()

    def watch() -> None:
        counted[:] = 0, 0
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)

    watch()
    look()
    play(3, look)
    engine.dispose()
    return seen[1:], floor.record(pictures)


def player(app: Flask, shop: Shop) -> Callable[[int, Callable[[], None]], None]:
    """A function that makes one order through Flask's test client and calls back after each request."""
    client = app.test_client()

    def play(turn: int, after: Callable[[], None]) -> None:
        said: list[dict[str, Any]] = []
        for _ in REQUESTS:
            token, path, body, with_key = requests(shop, len(shop.buyers) - 1, turn, said)
            headers = {"Authorization": f"Bearer {token}"}
            if with_key:
                headers["Idempotency-Key"] = f"bench-{turn}-{len(said)}-{os.getpid()}-of-one-order"
            answer = client.post(path, json=body, headers=headers)
            if answer.status_code >= 300:
                raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text[:300]}")
            said.append(answer.get_json())
            after()

    return play


def say_costs(costs: list[tuple[int, int]], recording: floor.Recording) -> None:
    """SQL statements, transactions and rows of each request."""
    say(f"\n{'one order, request by request':<32}{'SQL':>9}{'transactions':>14}{'rows written':>14}")
    for name, (statements, commits), written in zip(REQUESTS, costs, recording.requests, strict=True):
        say(f"{name:<32}{statements:>9}{commits:>14}{len(written):>14}")
    say(f"{'sum':<32}{sum(one for one, _ in costs):>9}{sum(one for _, one in costs):>14}{recording.rows:>14}")


def size_and_orders(app: Flask) -> tuple[int, int]:
    """Bytes of the database, and how many orders it holds."""
    with app.app_context():
        with db.engine.connect() as connection, connection.begin():
            found = connection.exec_driver_sql(
                "SELECT pg_database_size(current_database()), (SELECT count(*) FROM orders)"
            ).one()
        db.engine.dispose()
    return found[0], found[1]


# ------------------------------------------------------------------------------------------------ the floor
def measure_floor(url: str, recording: floor.Recording) -> None:
    """The same rows by hand."""
    head = "".join(f"{number:>14}" for number in CONNECTIONS)
    say(f"\n{'the same rows by hand, orders/s':<32}{'statements':>12}{head}  connections")
    for title, script in (("row by row", recording), ("a table's rows in one statement", floor.batched(recording))):
        statements = sum(len(request) for request in script.requests)
        speeds = [
            load.in_another_process(floor.orders_by_hand, url, script, connections, FLOOR_SECONDS).per_second
            for connections in CONNECTIONS
        ]
        say(f"{title:<32}{statements:>12}" + "".join(f"{speed:>14.0f}" for speed in speeds))


if __name__ == "__main__":
    main()
