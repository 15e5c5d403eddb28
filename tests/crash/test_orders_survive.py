"""The whole house as it runs in production: server, dispatcher and rq worker on PostgreSQL and Valkey, and killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.processes import die_with_parent
from tests.servers import Postgres, Valkey

ROOT = Path(__file__).parents[2]
MERX = [sys.executable, "-c", "from core.cli import main; main()"]
PATIENCE = 60.0
RECEIVER = {"name": "Li Mei", "phone": "13800000000", "address": "1 Long Road", "region": "330106"}


class Works:
    """A production installation in a folder of its own: every process is a real one."""

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")} | {
            "MERX_VAR": str(folder),
            "MERX_DATABASE_URL": database,
            "MERX_REDIS_URL": redis,
            "MERX_SANDBOX": "1",
            "MERX_LEASE_MARGIN": "1",
            "PYTHONPATH": str(ROOT),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *words: str) -> str:
        done = subprocess.run([*MERX, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, role: str, *words: str) -> None:
        me = os.getpid()
        with open(self.folder / f"{role}.log", "ab") as log:
            self.processes[role] = subprocess.Popen(
                [*MERX, role, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log,
                preexec_fn=lambda: die_with_parent(me),
            )  # fmt: skip

    def kill(self, role: str) -> None:
        self.processes[role].send_signal(signal.SIGKILL)
        self.processes[role].wait()

    def serve(self) -> str:
        self.start("serve", "--port", "0", "--workers", "2")
        told = re.compile(r"listens on (\S+)")
        return wait_for(lambda: told.search((self.folder / "serve.log").read_text())).group(1)

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)
    return seen


class Desk:
    """The owner and one buyer, over HTTP."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        owner = self.send("POST", "/v1/admin/tea/sessions", login="owner", password="a long password")
        self.owner = {"Authorization": f"Bearer {owner['token']}"}
        buyer = self.send("POST", "/v1/shop/tea/customers", email="mei@example.com", password="a long password")
        self.buyer = {"Authorization": f"Bearer {buyer['token']}"}

    def send(self, method: str, path: str, who: dict[str, str] | None = None, **body: Any) -> Any:
        answer = self.http.request(method, path, headers=who, json=body or ({} if method == "POST" else None))
        assert answer.status_code < 300, answer.text
        return answer.json()

    def moves_to(self, url: str) -> None:
        self.http.close()
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def furnish(self) -> None:
        account = {"bank": "ICBC", "holder": "Tea", "number": "6222"}
        self.admin("accounts", plugin="bank_transfer", name="main", settings=account)
        self.admin("plugins/bank_transfer/enable")
        self.admin("warehouses", code="north", name="North")
        product = self.admin("products", code="tea", title="Tea", variants=[{"sku": "tea", "price": 4900}])
        self.variant = product["variants"][0]["id"]
        self.admin("stock/changes", warehouse="north", sku="tea", delta=100, remark="delivered")

    def admin(self, path: str, **body: Any) -> Any:
        return self.send("POST", f"/v1/admin/tea/{path}", self.owner, **body)

    def look(self, path: str) -> Any:
        return self.send("GET", f"/v1/admin/tea/{path}", self.owner)

    def order(self) -> str:
        lines = [{"variant_id": self.variant, "quantity": 1}]
        delivery = {"method": "courier", "receiver": RECEIVER}
        body = {"lines": lines, "delivery": delivery, "expected_total": 4900}
        return str(self.send("POST", "/v1/shop/tea/orders", self.buyer, **body)["number"])

    def state(self, number: str) -> str:
        return str(self.look(f"orders/{number}")["state"])


@pytest.fixture
def works(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Works]:
    name = f"works_{uuid4().hex[:8]}"
    postgres.create_database(name)
    works = Works(tmp_path, postgres.url(name), valkey.url)
    works.run("db", "upgrade")
    works.run("merchant", "create", "tea", "--password", "a long password")
    yield works
    works.stop()
    postgres.drop_database(name)


def test_orders_expire_and_complete_though_worker_dispatcher_and_valkey_are_killed_under_them(
    works: Works, valkey: Valkey
) -> None:
    desk = Desk(works.serve())
    desk.furnish()
    works.start("dispatch")
    works.start("worker")

    unpaid = [desk.order() for _ in range(5)]
    bought = desk.order()
    paid = desk.admin(f"orders/{bought}/confirm-offline", amount=4900, reference="line 1", note="seen on the statement")
    assert paid["state"] == "awaiting_shipment"
    desk.admin(f"orders/{bought}/shipments", carrier="SF", tracking_no="SF123456")

    works.kill("worker")
    works.kill("dispatch")
    works.run("sandbox", "clock", "+31m")
    valkey.flush()
    works.start("dispatch")
    works.start("worker")
    wait_for(lambda: all(desk.state(number) == "closed" for number in unpaid))
    assert desk.look("stock")["data"][0]["reserved"] == 0

    works.kill("serve")
    works.run("sandbox", "clock", "+7d")
    (works.folder / "serve.log").unlink()
    desk.moves_to(works.serve())
    wait_for(lambda: desk.state(bought) == "completed")
    moves = [
        row["move"] for row in desk.look(f"orders/{bought}/moves?limit=100")["data"] if row["subject_kind"] == "order"
    ]
    assert moves.count("confirm") == moves.count("complete") == 1
    inbox = [row["name"] for row in desk.look("messages?limit=100")["data"]]
    assert inbox.count("order.placed") == 6 and inbox.count("order.paid") == 1
    desk.http.close()
