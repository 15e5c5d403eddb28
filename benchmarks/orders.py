"""`make bench`: orders per second from checkout to paid by a signed notice, their cost, and the floor beside it."""

import contextlib
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app
from benchmarks import beside, floor, load
from benchmarks.gateway import Gateway, free_port, new_keys
from benchmarks.load import Measured
from benchmarks.serving import WORKERS, gather_statistics, merx, serving
from benchmarks.shop import RARE, REQUESTS, Shop, fill_balances, make_shop, pay, place
from core.db import db
from tests.servers import start_postgres, start_valkey

CONNECTIONS = (1, 8, 32)
#: buyers at once for what is rare, and buyers in all: each of the load client's threads is another one
RARE_BUYERS, BUYERS = 100, 120
#: seconds of each measurement
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
FLOOR_SECONDS = SECONDS / 3
PACED_SECONDS = max(5.0, SECONDS)


def main() -> None:
    """Measure, and print the tables and one JSON line."""
    begin = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-bench-")))
        postgres, valkey = start_postgres(folder, durable=True), start_valkey(folder)
        stack.callback(valkey.stop)
        stack.callback(postgres.stop)
        postgres.create_database("bench")
        url = postgres.url("bench")
        say(machine())
        port = free_port()
        config = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "VAR": str(folder / "var"), "SANDBOX": "1"}
        # a few tokens at full speed look like a flood
        config |= {"WRITES_PER_BUYER": "0", "WRITES_PER_STAFF": "0", "CALLS_PER_ADDRESS": "0"}
        config["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        app = create_app(config)
        keys, gateway_port = new_keys(), free_port()
        shop = make_shop(app, BUYERS, keys.account(gateway_port))
        gateway = (gateway_port, keys.plain)
        costs, recording = one_order(app, shop, gateway)
        before = size_and_orders(app)
        ours, found = measure_http(app, config, port, shop, gateway)
        say_costs(costs, recording)
        size, orders = (after - then for after, then in zip(size_and_orders(app), before, strict=True))
        say(f"An order takes {size / orders / 1024:.0f} KiB on disk, with its indexes and its jobs.")
        floors = measure_floor(url, recording)
        found |= beside.measure(folder, postgres, valkey)
    say_ratio(ours, floors, found | {"sql_statements": sum(one for one, _ in costs)})
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
        "An order has two goods lines and three requests: it is placed, its payment by QR code is started at a gateway "
        "(in the load client's process), and its signed notice pays it. The first two carry an Idempotency-Key."
    )


# ------------------------------------------------------------------------------------------------ over HTTP
def measure_http(
    app: Flask, config: dict[str, str], port: int, shop: Shop, gateway: tuple[int, Any]
) -> tuple[dict[int, float], dict[str, Any]]:
    """Orders per second by connections, and the other figures; with nothing but the server, then with worker."""
    speeds: dict[int, float] = {}
    more: dict[str, Any] = {}
    with serving(config, port) as server:
        # first of all, while no jobs of other orders wait
        with merx("dispatch", config), merx("worker", config):
            more |= say_pace(
                load.in_another_process(load.notices_at_a_pace, port, gateway, shop.plain, 10, PACED_SECONDS)
            )
        gather_statistics(app)
        say(f"\n{'over HTTP':<32}{'orders/s':>9}   " + "".join(f"{name + ' p50/p95':>22}" for name in REQUESTS))
        for connections in CONNECTIONS:
            found = load.in_another_process(load.orders_over_http, port, gateway, shop.plain, connections, SECONDS)
            say_line(f"{connections} connections", found)
            speeds[connections] = found.per_second
        more["memory_mib"] = say_memory(server.pid)
        with merx("dispatch", config), merx("worker", config):
            found = load.in_another_process(load.orders_over_http, port, gateway, shop.plain, 8, SECONDS)
            say_line("8 connections, jobs run as well", found)
            more["orders_per_s_with_jobs"] = round(found.per_second, 1)
        won, refused = load.in_another_process(load.buyers_of_the_rare, port, gateway, shop.plain, RARE_BUYERS)
        say(f"\n{RARE_BUYERS} buyers at once for a stock of {RARE}: {won} paid, {refused} refused.")
        more |= {"oversold": max(0, won - RARE), "undersold": max(0, RARE - won)}
        fill_balances(app, len(shop.buyers))
        found = load.in_another_process(load.orders_over_http, port, gateway, shop.plain, 8, SECONDS, True)
        say_line("8 connections, balance pays a part", found)
        more["mixed_orders_per_s"] = round(found.per_second, 1)
    return speeds, more


def say_pace(took: dict[str, list[float]]) -> dict[str, int]:
    """How long results of payments and refunds take to reach the order."""
    say(f"\n{'10 notices a second':<32}{'p50':>9}{'p95':>9}   from the notice until the order shows it, ms")
    figures = {}
    for name, millis in took.items():
        ranked = sorted(millis)
        p50, p95 = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.95)]
        say(f"{name:<32}{p50:>9.0f}{p95:>9.0f}")
        figures[f"{name}_notice_p95_ms"] = round(p95)
    return figures


def say_memory(parent: int) -> int:
    """What the server's processes hold, in MiB."""
    sizes = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = status.read_text()
            if f"PPid:\t{parent}\n" in text or f"\nPid:\t{parent}\n" in text:
                sizes.append(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024)  # type: ignore[index]
    say(f"The server's {len(sizes)} processes hold {sum(sizes)} MiB: {', '.join(map(str, sorted(sizes)))}.")
    return sum(sizes)


def say_line(title: str, found: Measured) -> None:
    """One line of the table."""
    times = "".join(
        f"{f'{found.percentile(name, 0.5):.0f} / {found.percentile(name, 0.95):.0f} ms':>24}" for name in REQUESTS
    )
    say(f"{title:<32}{found.per_second:>9.1f}   {times}")


# ------------------------------------------------------------------------------------------------ what it costs
def one_order(app: Flask, shop: Shop, gateway: tuple[int, Any]) -> tuple[list[tuple[int, int]], floor.Recording]:
    """One order in this process: (statements, commits) of each request, and the rows that it wrote."""
    counted = [0, 0]
    seen: list[tuple[int, int]] = []
    pictures = []
    with app.app_context():
        engines = list(db.engines.values())

    def statement(connection: Any, cursor: Any, text: str, *_: Any) -> None:
        counted[0] += 1

    def commit(*_: Any) -> None:
        counted[1] += 1

    def look() -> None:
        seen.append((counted[0], counted[1]))
        for engine in engines:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)
        pictures.append(floor.picture(engines[0]))
        watch()

    def watch() -> None:
        counted[:] = 0, 0
        for engine in engines:
            event.listen(engine, "before_cursor_execute", statement)
            event.listen(engine, "commit", commit)

    with Gateway(*gateway) as found:
        play = player(app, shop, found)
        for turn in range(3):
            play(turn, lambda: None)
        watch()
        look()
        play(3, look)
    for engine in engines:
        engine.dispose()
    return seen[1:], floor.record(pictures)


def player(app: Flask, shop: Shop, gateway: Gateway) -> Callable[[int, Callable[[], None]], None]:
    """A function that makes one order through Flask's test client and calls back after each request."""
    client = app.test_client()
    buyer = len(shop.buyers) - 1

    def post(name: str, turn: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {shop.buyers[buyer]}"}
        headers["Idempotency-Key"] = f"bench-{turn}-{name}-{os.getpid()}-of-one-order"
        answer = client.post(path, json=body, headers=headers)
        if answer.status_code >= 300:
            raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text[:300]}")
        said: dict[str, Any] = answer.get_json()
        return said

    def play(turn: int, after: Callable[[], None]) -> None:
        placed = post("order", turn, *place(shop, buyer, turn))
        after()
        payment = post("payment", turn, *pay(placed["number"]))
        after()
        path, headers, text = gateway.paid(payment["out_trade_no"])
        answer = client.post(f"/{path}", data=text, headers=headers)
        if answer.status_code != 204:
            raise RuntimeError(f"the notice was answered {answer.status_code}: {answer.text[:300]}")
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
def measure_floor(url: str, recording: floor.Recording) -> dict[int, float]:
    """The same rows by hand; what counts is one by one, by connections."""
    head = "".join(f"{number:>14}" for number in CONNECTIONS)
    say(f"\n{'the same rows by hand, orders/s':<32}{'statements':>12}{head}  connections")
    kept: dict[int, float] = {}
    for title, script in (("a table's rows in one statement", floor.batched(recording)), ("row by row", recording)):
        statements = sum(len(request) for request in script.requests)
        for number in CONNECTIONS:
            found = load.in_another_process(floor.orders_by_hand, url, script, number, FLOOR_SECONDS)
            kept[number] = found.per_second
        say(f"{title:<32}{statements:>12}" + "".join(f"{kept[number]:>14.0f}" for number in CONNECTIONS))
    return kept


def say_ratio(ours: dict[int, float], floors: dict[int, float], more: dict[str, Any]) -> None:
    """Ours beside the floor, row by row, at the same connections; then everything as one JSON line."""
    say(f"\n{'connections':<14}{'ours':>10}{'floor':>10}{'ratio':>10}")
    for number in CONNECTIONS:
        say(f"{number:<14}{ours[number]:>10.1f}{floors[number]:>10.0f}{ours[number] / floors[number]:>10.2f}")
    best = max(ours, key=lambda number: ours[number])
    figures = {
        "orders_per_s": round(ours[best], 1),
        "floor_orders_per_s": round(floors[best], 1),
        "ratio": round(ours[best] / floors[best], 3),
        "connections": best,
        **more,
    }
    say(json.dumps(figures))


if __name__ == "__main__":
    main()
