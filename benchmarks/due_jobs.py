"""`python -m benchmarks.due_jobs`: due jobs started per second while 100,000 others wait, and how late they start.

As in production: `merx dispatch` claims them on PostgreSQL, Valkey carries them, `merx worker` runs them. The jobs are
deadlines that were called off: each locks its order, finds nothing to do, and is gone. A trigger writes down when each
was started.
"""

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from app import create_app
from benchmarks.gateway import free_port, new_keys
from benchmarks.serving import WORKERS, merx
from benchmarks.shop import Shop, make_shop, place
from core.db import across_merchants, db
from tests.servers import start_postgres, start_valkey

WAITING = 100_000
#: jobs that are due all at once, and so many a second in the seconds after
AT_ONCE, PACE, SECONDS = 3_000, 50, 6
#: orders that the jobs look at
ORDERS = 10
PATIENCE = 120.0
SETUP = (
    "CREATE TABLE started (due_at timestamptz NOT NULL, at timestamptz NOT NULL)",
    "CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO started VALUES (OLD.due_at, clock_timestamp()); RETURN NEW; END $$",
    "CREATE TRIGGER note_start AFTER UPDATE ON jobs FOR EACH ROW"
    " WHEN (NEW.tries > OLD.tries AND NEW.name = 'core.deadline') EXECUTE FUNCTION note_start()",
)
#: so many jobs, the first due after :first seconds and one every :step seconds
JOBS = text(
    "INSERT INTO jobs (merchant_id, id, plugin, name, args, due_at, status, tries)"
    " SELECT orders.merchant_id, gen_random_uuid(), 'core', 'core.deadline',"
    " json_build_object('deadline_id', gen_random_uuid(), 'order_id', orders.id),"
    " clock_timestamp() + make_interval(secs => :first + :step * n), 'waiting', 0"
    " FROM generate_series(0, :many - 1) AS n"
    " JOIN (SELECT merchant_id, id, row_number() OVER () - 1 AS place FROM orders) AS orders"
    " ON orders.place = n % :orders"
)


def main() -> None:
    """Measure, and print what came of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-due-jobs-")))
        postgres, valkey = start_postgres(folder, durable=True), start_valkey(folder)
        stack.callback(valkey.stop)
        stack.callback(postgres.stop)
        postgres.create_database("bench")
        found = measured(folder, postgres.url("bench"), valkey.url)
    say(found)
    print(json.dumps({"due_jobs": found}))


def say(found: dict[str, Any]) -> None:
    """The figures, in words."""
    print(f"With {found['waiting']:,} jobs waiting and {WORKERS} workers, of {found['at_once']:,} that are due at once")
    print(f"{found['per_s']:.0f} a second are started; at {found['pace']} a second they start", end=" ")
    print(f"{found['p50_ms']:.0f} ms late in the middle and {found['p95_ms']:.0f} ms at p95.", flush=True)


def measured(
    folder: Path, database: str, redis: str, *, waiting: int = WAITING, at_once: int = AT_ONCE
) -> dict[str, Any]:
    """Jobs per second of a heap that is due at once, then milliseconds of lateness at a steady pace."""
    config = {"DATABASE_URL": database, "REDIS_URL": redis, "VAR": str(folder / "due-jobs-var"), "SANDBOX": "1"}
    app = create_app(config)
    shop = make_shop(app, 1, new_keys().account(free_port()))
    _order(app.test_client(), shop)
    with app.app_context(), across_merchants(), db.engine.connect() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in SETUP:
            raw.exec_driver_sql(statement)
        # what the orders themselves wait for is no part of this
        raw.exec_driver_sql("DELETE FROM jobs")
        _add(raw, waiting, first=86_400, step=1)
        raw.exec_driver_sql("ANALYZE")
        with ExitStack() as processes:
            for command in ("dispatch", *["worker"] * WORKERS):
                processes.enter_context(merx(command, config))
            _until_they_run(raw)
            per_second = _heap(raw, at_once)
            late = _paced(raw)
    with app.app_context():
        db.engine.dispose()
    told = {"waiting": waiting, "at_once": at_once, "pace": PACE, "per_s": round(per_second, 1)}
    return told | {"p50_ms": round(late[len(late) // 2]), "p95_ms": round(late[int(len(late) * 0.95)])}


# ---------------------------------------------------------------------------------------------- inside
def _order(client: Any, shop: Shop) -> None:
    for turn in range(ORDERS):
        path, body = place(shop, 0, turn)
        answer = client.post(path, json=body, headers={"Authorization": f"Bearer {shop.buyers[0]}"})
        if answer.status_code != 201:
            raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text[:300]}")


def _add(connection: Connection, many: int, *, first: float, step: float) -> None:
    connection.execute(JOBS, {"many": many, "first": first, "step": step, "orders": ORDERS})


def _until_they_run(connection: Connection) -> None:
    """The first job is started when dispatcher and workers are up; then everything begins anew."""
    _add(connection, 2 * WORKERS * 20, first=0, step=0)
    _wait_for(connection, 2 * WORKERS * 20)
    connection.exec_driver_sql("TRUNCATE started")


def _heap(connection: Connection, many: int) -> float:
    """Jobs started per second when so many are due."""
    _add(connection, many, first=0, step=0)
    _wait_for(connection, many)
    query = "SELECT extract(epoch FROM max(at) - min(due_at)) FROM started"
    seconds = float(connection.exec_driver_sql(query).scalar_one())
    connection.exec_driver_sql("TRUNCATE started")
    return many / seconds


def _paced(connection: Connection) -> list[float]:
    """Milliseconds from due to started, sorted."""
    many = PACE * SECONDS
    _add(connection, many, first=1, step=1 / PACE)
    _wait_for(connection, many)
    query = "SELECT extract(epoch FROM at - due_at) * 1000 FROM started ORDER BY 1"
    return [float(one) for one in connection.exec_driver_sql(query).scalars()]


def _wait_for(connection: Connection, many: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while (started := connection.exec_driver_sql("SELECT count(*) FROM started").scalar_one()) < many:
        if time.monotonic() > give_up:
            raise RuntimeError(f"{started} of {many} due jobs were started within {PATIENCE:.0f} seconds")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
