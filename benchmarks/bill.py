"""`python -m benchmarks.bill`: a day's bill of 100,000 rows, fetched and compared: rows per second and peak memory.
`make bench` has it too; BILL_ROWS says how many rows, if fewer are enough.

The shop and the gateway live in one process, the one that is measured in another: its memory is its own. A short bill
goes first, so that what is kept once and for all is there before the long one; what then grows, grows with the rows.
"""

import gzip
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import create_app
from benchmarks.gateway import APPID, MCHID, Gateway, free_port, new_keys
from benchmarks.shop import Shop, make_shop, pay, place
from core import plugins
from core.commands import demo_shop
from core.contracts.people import Actor
from core.current import acting
from core.db import across_merchants, db, reading, transaction
from core.ids import new_id
from core.models import LedgerEntry, Merchant, Payment
from core.services import merchants, plugin_settings
from core.tables import Base
from plugins.reconciliation import batches, jobs
from plugins.wechatpay.client import CLIENT
from plugins.wechatpay.simulator.bills import COLUMNS, SUMMED, as_text, fee_of
from tests.servers import Postgres, start_postgres

LONG = 100_000
#: how much longer the long bill is than the one that goes before it
RATIO = 10
AMOUNT = 4900
#: rows in one statement, where the books are filled
PIECE = 5_000
EIGHT_HOURS = timedelta(hours=8)
HOUSE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure, and print what came of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-bill-")))
        postgres = start_postgres(folder, durable=True)
        stack.callback(postgres.stop)
        print(json.dumps({"bill": say_bill(folder, postgres)}))


def say_bill(folder: Path, postgres: Postgres) -> dict[str, Any]:
    """Compare a short and a long bill on a database of their own, and print a line of each.

    :returns: the long one.
    """
    many = int(os.environ.get("BILL_ROWS", LONG))
    postgres.create_database("bench_bill")
    try:
        short, long = measured(folder, postgres.url("bench_bill"), max(many // RATIO, 1), many)
    finally:
        postgres.drop_database("bench_bill")
    print(f"{'rows':>8} {'seconds':>8} {'rows/s':>8} {'peak MiB':>9}")
    for one in (short, long):
        print(f"{one['rows']:8} {one['seconds']:8.1f} {one['rows'] / one['seconds']:8.0f} {one['peak'] / 1024:9.0f}")
    grew = long["peak"] - short["peak"]
    print(f"The long bill took {grew / 1024:.0f} MiB more than the short one at its peak.", flush=True)
    return long | {"grew_kib": grew, "rows_per_second": round(long["rows"] / long["seconds"])}


def measured(folder: Path, database: str, short: int, long: int) -> list[dict[str, Any]]:
    """A short and a long bill, compared one after the other by a process of its own.

    :returns: of each: rows, seconds, peak (KiB), state, differences.
    """
    config = {"DATABASE_URL": database, "REDIS_URL": "", "VAR": str(folder / "var"), "SANDBOX": "1"}
    config |= {"PUBLIC_URL": "https://shop.example", "SECRET_KEYS": "bWVyeG1lcnhtZXJ4bWVyeG1lcnhtZXJ4bWVyeG1lcng="}
    keys, port = new_keys(), free_port()
    yesterday = (datetime.now(UTC) + EIGHT_HOURS).date() - timedelta(days=1)
    days = {yesterday - timedelta(days=1): short, yesterday: long}
    gateway = BillGateway(port, keys.plain, folder)
    with gateway:
        account_id = _furnish(config, keys.account(port), gateway, days)
        wish = {"config": config, "account_id": str(account_id), "days": [str(day) for day in days]}
        command = [sys.executable, "-m", "benchmarks.bill", json.dumps(wish)]
        done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


class BillGateway(Gateway):
    """The gateway of the load client, which has bills too: files that lie in *folder*."""

    def __init__(self, port: int, keys: dict[str, str], folder: Path) -> None:
        super().__init__(port, keys)
        self._folder = folder

    def write(self, day: date, rows: Iterator[dict[str, Any]]) -> None:
        """The bill of *day*, packed, with its hash beside it."""
        text = as_text(list(rows)).encode()
        (self._folder / f"{day}.gz").write_bytes(gzip.compress(text, 1))
        (self._folder / f"{day}.sha1").write_text(hashlib.sha1(text, usedforsecurity=False).hexdigest())

    def _answer(self, path: str, asked: dict[str, Any]) -> bytes:
        day = path.partition("bill_date=")[2][:10] or path.partition("token=")[2][:10]
        if path.startswith("/v3/billdownload"):
            file = (self._folder / f"{day}.gz").read_bytes()
            return f"HTTP/1.1 200 OK\r\nContent-Length: {len(file)}\r\n\r\n".encode() + file
        if path.startswith("/v3/bill/"):
            link = f"http://127.0.0.1:{self._port}/v3/billdownload/file?token={day}"
            told = {"hash_type": "SHA1", "hash_value": (self._folder / f"{day}.sha1").read_text()}
            return self._letter(told | {"download_url": link})
        return super()._answer(path, asked)


# ---------------------------------------------------------------------------------------------- the shop
def _furnish(config: dict[str, Any], account: dict[str, Any], gateway: BillGateway, days: dict[date, int]) -> UUID:
    """A shop with so many payments on each day, in its books and in the bills; the account they went to."""
    app = create_app(config)
    shop = make_shop(app, 1, account)
    payment = _one_payment(app.test_client(), shop)
    CLIENT.close()
    with app.app_context():
        _turn_on()
        with across_merchants(), db.engine.begin() as connection:
            query = select(Payment.__table__).where(Payment.out_trade_no == payment)
            sample = dict(connection.execute(query).mappings().one())
            for day, many in days.items():
                for start in range(0, many, PIECE):
                    _book(connection, sample, day, range(start, min(start + PIECE, many)))
        _look_at_tables()
        db.engine.dispose()
    for day, many in days.items():
        gateway.write(day, (_row(day, number) for number in range(many)))
    account_id: UUID = sample["account_id"]
    return account_id


def _one_payment(client: Any, shop: Shop) -> str:
    headers = {"Authorization": f"Bearer {shop.buyers[0]}"}
    path, body = place(shop, 0, 0)
    number = client.post(path, json=body, headers=headers).get_json()["number"]
    path, body = pay(number)
    return str(client.post(path, json=body, headers=headers).get_json()["out_trade_no"])


def _turn_on() -> None:
    with _acting(), transaction():
        plugin_settings.enable("reconciliation", 0)


def _acting() -> Any:
    with reading():
        row = db.session().scalars(select(Merchant).where(Merchant.code == demo_shop.CODE)).one()
        plugins.refresh(row.id, row.plugin_version)
        return acting(merchants.view(row), Actor("system", None, "benchmark", "cli", "benchmark", frozenset("*")))


def _book(connection: Any, sample: dict[str, Any], day: date, numbers: range) -> None:
    """Payments that have settled, and their receipts in the books."""
    tables = Base.metadata.tables
    payments, entries = [], []
    for number in numbers:
        at = _at(day, number)
        settled = {"state": "settled", "settled_amount": AMOUNT, "amount": AMOUNT, "settled_at": at, "concluded_at": at}
        names = {"id": new_id(), "out_trade_no": _ours(day, number), "provider_ref": _theirs(day, number)}
        payments.append(sample | settled | names | {"idempotency_key": None})
        group, book = new_id(), f"channel:{sample['account_id']}"
        for name, amount in ((book, AMOUNT), ("orders", -AMOUNT)):
            entries.append(
                {
                    "merchant_id": sample["merchant_id"], "id": new_id(), "group_id": group, "kind": "receipt",
                    "source": "core", "book": name, "amount": amount, "currency": "CNY", "booked_at": at,
                    "order_id": sample["order_id"], "payment_id": names["id"],
                }
            )  # fmt: skip
    connection.execute(tables[Payment.__tablename__].insert(), payments)
    connection.execute(tables[LedgerEntry.__tablename__].insert(), entries)


def _row(day: date, number: int) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(COLUMNS, "") | dict.fromkeys((*SUMMED, "代金券金额"), 0)
    return empty | {
        "交易时间": f"{_at(day, number) + EIGHT_HOURS:%Y-%m-%d %H:%M:%S}",
        "公众账号ID": APPID,
        "商户号": MCHID,
        "特约商户号": "0",
        "微信订单号": _theirs(day, number),
        "商户订单号": _ours(day, number),
        "交易类型": "NATIVE",
        "交易状态": "SUCCESS",
        "货币种类": "CNY",
        "应结订单金额": AMOUNT,
        "商品名称": "Tea, 茶",
        "手续费": fee_of(AMOUNT),
        "费率": "0.60%",
        "订单金额": AMOUNT,
    }


def _at(day: date, number: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - EIGHT_HOURS + timedelta(milliseconds=800 * number)


def _ours(day: date, number: int) -> str:
    return f"P{day:%Y%m%d}{number:09}"


def _theirs(day: date, number: int) -> str:
    return f"42{day:%Y%m%d}{number:018}"


# ---------------------------------------------------------------------------------------------- what is measured
def compare(wish: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare each day's bill, in this process, and look at the clock and at the memory."""
    app, account_id = create_app(wish["config"]), UUID(wish["account_id"])
    found = []
    with app.app_context(), _acting():
        for day in wish["days"]:
            begin = time.perf_counter()
            while _state(account_id, day) in ("", "init"):
                jobs.compare(account_id, day)
            seconds = time.perf_counter() - begin
            with reading():
                batch = batches.find(account_id, date.fromisoformat(day))
                assert batch is not None
                told = {"rows": batch.position, "state": batch.status, "differences": batch.differences}
            found.append(told | {"seconds": seconds, "peak": peak()})
            _look_at_tables()
        db.engine.dispose()
    return found


def _look_at_tables() -> None:
    """What PostgreSQL does by itself within a minute: without it, tables that were empty a moment ago look small."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def peak() -> int:
    """The most memory this process ever had, in KiB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # what getrusage tells begins with the process that started this one
    return int(status.read_text().partition("VmHWM:")[2].split()[0])


def _state(account_id: UUID, day: str) -> str:
    with reading():
        batch = batches.find(account_id, date.fromisoformat(day))
        return batch.status if batch is not None else ""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(compare(json.loads(sys.argv[1]))))
    else:
        main()
