"""`python -m benchmarks.imports`: files of 1,000 shipments on PostgreSQL, looked into and sent: rows per second.

The job runs in this process, as one worker would run it: each row in a transaction of its own, on a disk that syncs.
Two files go through, one after the other: what is kept once and for all is there before the second.
"""

import io
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from app import create_app
from core.commands.db import wings
from core.db import db
from core.migrations import upgrade
from plugins.bulk_orders import jobs
from tests.races.yard import Stall
from tests.servers import start_postgres

ROWS, FILES = 1000, 2
PRICE, BUYERS = 4900, 20


def main() -> None:
    """Measure, and print what came of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-imports-")))
        postgres = start_postgres(folder, durable=True)
        stack.callback(postgres.stop)
        postgres.create_database("bench")
        found = measured(folder, postgres.url("bench"))
    print(f"{'rows':>6} {'looked into':>12} {'sent':>8} {'rows/s':>8}")
    for one in found:
        print(f"{one['rows']:6} {one['preview']:11.1f}s {one['send']:7.1f}s {one['rows_per_second']:8.0f}")
    print(json.dumps({"imports": found[-1]}))


def measured(folder: Path, database: str, rows: int = ROWS, files: int = FILES) -> list[dict[str, Any]]:
    """So many files of so many rows, one after the other.

    :returns: of each: rows, seconds until the preview (`preview`) and of sending (`send`), rows_per_second of both.
    """
    config = {"DATABASE_URL": database, "REDIS_URL": "", "VAR": str(folder / "var"), "WRITES_PER_STAFF": 0}
    config |= {"PUBLIC_URL": "https://shop.example", "SECRET_KEYS": ["bWVyeG1lcnhtZXJ4bWVyeG1lcnhtZXJ4bWVyeG1lcng="]}
    app = create_app(config | {"CALLS_PER_ADDRESS": 0, "WRITES_PER_BUYER": 0})
    stall = _stall(app)
    buyers = stall.buyers(BUYERS)
    found = []
    for _ in range(files):
        numbers = [stall.paid(buyers[n % BUYERS], ("tea", 1), total=PRICE)["number"] for n in range(rows)]
        with app.app_context(), db.engine.begin() as connection:
            # what PostgreSQL does by itself within a minute: without it, new tables look small
            connection.exec_driver_sql("ANALYZE")
        found.append(_imported(stall, numbers))
    with app.app_context():
        db.engine.dispose()
    return found


def _stall(app: Flask) -> Stall:
    with app.app_context():
        upgrade(db.engine, wings())
    stall = Stall(app, "bench", settings={"open_unpaid_limit": 100})
    stall.sells("tea", PRICE, north=1_000_000)
    stall.staff("POST", "plugins/bulk_orders/enable", {})
    return stall


def _imported(stall: Stall, numbers: list[str]) -> dict[str, Any]:
    """One file, from the upload to the last parcel."""
    lines = ["order_no,carrier,tracking_no", *(f"{number},SF,SF{number[2:]}" for number in numbers)]
    content = "\r\n".join(lines).encode()
    path = f"/v1/admin/{stall.code}/bulk_orders/imports"
    headers = {"Authorization": f"Bearer {stall.owner}"}
    began = time.perf_counter()
    form = {"file": (io.BytesIO(content), "parcels.csv")}
    answer = stall.app.test_client().post(path, data=form, headers=headers)
    batch = answer.get_json()
    assert answer.status_code == 201 and batch["counts"]["ready"] == len(numbers), answer.text[:500]
    looked = time.perf_counter()
    stall.staff("POST", f"bulk_orders/imports/{batch['id']}/commit")
    while stall.staff("GET", f"bulk_orders/imports/{batch['id']}")["status"] == "running":
        with stall.inside():
            jobs.work(UUID(batch["id"]))
    ended = time.perf_counter()
    counts = stall.staff("GET", f"bulk_orders/imports/{batch['id']}")["counts"]
    assert counts["done"] == len(numbers), counts
    seconds = {"preview": looked - began, "send": ended - looked}
    return {"rows": len(numbers), **seconds, "rows_per_second": len(numbers) / (ended - began)}


if __name__ == "__main__":
    main()
