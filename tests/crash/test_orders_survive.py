"""The whole house as it runs in production: server, dispatcher and rq worker on PostgreSQL and Valkey, and killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.servers import Postgres, Valkey
from tests.works import Works, wait_for

RECEIVER = {"name": "Li Mei", "phone": "13800000000", "address": "1 Long Road", "region": "330106"}


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
    desk = Desk(works.serves())
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
    works.serves()
    wait_for(lambda: desk.state(bought) == "completed")
    moves = [
        row["move"] for row in desk.look(f"orders/{bought}/moves?limit=100")["data"] if row["subject_kind"] == "order"
    ]
    assert moves.count("confirm") == moves.count("complete") == 1
    inbox = [row["name"] for row in desk.look("messages?limit=100")["data"]]
    assert inbox.count("order.placed") == 6 and inbox.count("order.paid") == 1
    desk.http.close()
