"""`python -m benchmarks.pushes`: a courier's signed pushes per second, through the real door, on PostgreSQL.

Each push tells of one parcel and holds its whole trail, a point longer than the one before. It is verified, kept in the
inbox, merged into the trail under the order's lock, and answered. `merx serve` with two workers takes them; the client
is a process of its own, which has written them all before.
"""

import json
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, text

from app import create_app
from benchmarks.gateway import free_port, new_keys
from benchmarks.line import Line
from benchmarks.load import in_another_process
from benchmarks.serving import WORKERS, gather_statistics, serving
from benchmarks.shop import STAFF, Shop, make_shop, place
from core import plugins
from core.commands import demo_shop
from core.contracts.people import Actor
from core.current import acting
from core.db import across_merchants, db, reading, transaction
from core.models import Merchant
from core.services import merchants, plugin_settings
from core.tables import Base
from plugins.kdniao_logistics.simulator import script
from plugins.kdniao_logistics.simulator.pushes import FORM, pack
from plugins.kdniao_logistics.simulator.world import API_KEY, BUSINESS_ID, Subscription, World
from tests.servers import start_postgres

PARCELS, CONNECTIONS = 400, 8
#: the account asks nobody: what it hears is pushed
ACCOUNT = {"business_id": BUSINESS_ID, "api_key": API_KEY, "query_type": "none", "subscribe_type": "1008"}
#: tables of an order, and the column that says whose a row is
TABLES = (
    ("orders", "id"), ("order_lines", "order_id"), ("instalments", "order_id"), ("payments", "order_id"),
    ("shipments", "order_id"), ("tracks", "order_id"),
)  # fmt: skip
PARTS = ("shipment_lines", "parcels")
#: columns that only one row may hold
OWN = ("idempotency_key", "provider_ref")


def main() -> None:
    """Measure, and print what came of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-pushes-")))
        postgres = start_postgres(folder, durable=True)
        stack.callback(postgres.stop)
        postgres.create_database("bench")
        found = measured(folder, postgres.url("bench"))
    say(found)
    print(json.dumps({"pushes": found}))


def say(found: dict[str, Any]) -> None:
    """The figures, in words."""
    print(f"{found['per_s']:.0f} pushes a second over {CONNECTIONS} connections to {WORKERS} workers", end=": ")
    print(f"{found['p50_ms']:.0f} ms in the middle, {found['p95_ms']:.0f} ms at p95; {found['points']} points kept.")


def measured(folder: Path, database: str, parcels: int = PARCELS) -> dict[str, Any]:
    """Pushes per second, milliseconds of each, and how many points of trails were kept of them."""
    config = {"DATABASE_URL": database, "REDIS_URL": "", "VAR": str(folder / "pushes-var"), "SANDBOX": "1"}
    config |= {"WRITES_PER_STAFF": "0", "CALLS_PER_ADDRESS": "0"}
    port = free_port()
    config["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    app = create_app(config)
    shop = make_shop(app, 1, new_keys().account(free_port()))
    address, number = _follow_one(app.test_client(), shop)
    with app.app_context():
        with across_merchants(), db.engine.begin() as connection:
            numbers = _many_more(connection, number, parcels)
        gather_statistics(app)
    with serving(config, port):
        took, seconds = in_another_process(send_all, port, "/" + address.split("/", 3)[3], numbers)
    with app.app_context():
        with across_merchants(), db.engine.connect() as connection:
            points = connection.exec_driver_sql("SELECT count(*) FROM track_points").scalar_one()
        db.engine.dispose()
    ranked = sorted(took)
    told = {"parcels": parcels, "pushes": len(took), "points": points, "per_s": round(len(took) / seconds, 1)}
    return told | {"p50_ms": round(ranked[len(ranked) // 2]), "p95_ms": round(ranked[int(len(ranked) * 0.95)])}


# ---------------------------------------------------------------------------------------------- the shop
def _follow_one(client: Any, shop: Shop) -> tuple[str, str]:
    """An order whose parcel is followed. :returns: where Kdniao pushes to, and the order's number."""

    def staff(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {shop.key}"}
        answer = client.open(f"{STAFF}/{path}", method=method, json=body, headers=headers)
        if answer.status_code >= 300:
            raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer.get_json()

    account = {"plugin": "kdniao_logistics", "name": "bench", "settings": ACCOUNT}
    staff("POST", "accounts", account)
    _turn_on(client.application)
    path, body = place(shop, 0, 0)
    order = client.post(path, json=body, headers={"Authorization": f"Bearer {shop.buyers[0]}"}).get_json()
    seen = {"amount": order["payable"], "reference": "line 1", "note": "seen"}
    staff("POST", f"orders/{order['number']}/confirm-offline", seen)
    staff("POST", f"orders/{order['number']}/shipments", {"carrier": "YTO", "tracking_no": _number(0)})
    (where,) = staff("GET", "kdniao_logistics/push-addresses")["data"]
    return where["url"], order["number"]


def _turn_on(app: Any) -> None:
    """Without its check: the real Kdniao is not asked."""
    with app.app_context():
        with reading():
            row = db.session().scalars(select(Merchant).where(Merchant.code == demo_shop.CODE)).one()
            plugins.refresh(row.id, row.plugin_version)
            view = merchants.view(row)
        actor = Actor("system", None, "benchmark", "cli", "benchmark", frozenset("*"))
        with acting(view, actor), transaction():
            plugin_settings.enable("kdniao_logistics", 0)
        db.engine.dispose()


def _many_more(connection: Connection, number: str, many: int) -> list[str]:
    """The order and what belongs to it, so often again. :returns: the numbers of all parcels that are followed."""
    order = connection.execute(text("SELECT id FROM orders WHERE number = :number"), {"number": number}).scalar_one()
    found = {name: _rows(connection, name, column, [order]) for name, column in TABLES}
    for name in PARTS:
        found[name] = _rows(connection, name, "shipment_id", [row["id"] for row in found["shipments"]])
    copies: dict[str, list[dict[str, Any]]] = {name: [] for name in ("orders", *found)}
    for n in range(1, many):
        for name, rows in _copied(found, n).items():
            copies[name] += rows
    for name in (
        "orders",
        "order_lines",
        "instalments",
        "payments",
        "shipments",
        "shipment_lines",
        "parcels",
        "tracks",
    ):
        if copies[name]:
            connection.execute(Base.metadata.tables[name].insert(), copies[name])
    return [_number(n) for n in range(many)]


def _rows(connection: Connection, name: str, column: str, ids: list[UUID]) -> list[dict[str, Any]]:
    table = Base.metadata.tables[name]
    found = connection.execute(select(table).where(table.c[column].in_(ids)))
    return [dict(row) for row in found.mappings()]


def _copied(found: dict[str, list[dict[str, Any]]], n: int) -> dict[str, list[dict[str, Any]]]:
    """Everything under new names that point at each other as the old ones did."""
    named = {row["id"]: uuid4() for rows in found.values() for row in rows}

    def copy(row: dict[str, Any]) -> dict[str, Any]:
        fresh = {key: named.get(value, value) if isinstance(value, UUID) else value for key, value in row.items()}
        fresh |= {key: None for key in OWN if key in row}
        fresh |= {key: f"C{n}-{row[key]}" for key in ("number", "out_trade_no") if key in row}
        return fresh | {key: _number(n) for key in ("tracking_no",) if key in row}

    return {name: [copy(row) for row in rows] for name, rows in found.items()}


def _number(n: int) -> str:
    return f"YT{n:011d}55"


# ---------------------------------------------------------------------------------------------- the client
def send_all(port: int, path: str, numbers: list[str]) -> tuple[list[float], float]:
    """Push every parcel's trail, point by point: (milliseconds of each push, seconds in all)."""
    parcels: SimpleQueue[list[bytes]] = SimpleQueue()
    for number in numbers:
        parcels.put(_letters(number))
    took: list[float] = []
    barrier = Barrier(CONNECTIONS + 1)
    threads = [Thread(target=_send, args=(port, path, parcels, barrier, took)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return took, time.perf_counter() - begin


def _send(port: int, path: str, parcels: "SimpleQueue[list[bytes]]", barrier: Barrier, took: list[float]) -> None:
    line, headers = Line(port), {"Content-Type": FORM}
    barrier.wait()
    while True:
        try:
            letters = parcels.get_nowait()
        except Empty:
            line.hang_up()
            return
        for letter in letters:
            begin = time.perf_counter()
            status, answer = line.ask("POST", path, letter, headers)
            took.append((time.perf_counter() - begin) * 1000)
            if status != 200 or not json.loads(answer)["Success"]:
                raise RuntimeError(f"a push was answered {status}: {answer.decode()[:300]}")


def _letters(number: str) -> list[bytes]:
    """The pushes of one parcel: after each point of its trail, the whole of it."""
    world, long_ago = World(), datetime.now(UTC) - timedelta(hours=48)
    parcel = script.begin("YTO", number, long_ago)
    told = Subscription(BUSINESS_ID, "102", parcel, "", "")
    return [pack(world, "102", [told], row.at) for row in sorted(parcel.rows, key=lambda row: row.at)]


if __name__ == "__main__":
    main()
