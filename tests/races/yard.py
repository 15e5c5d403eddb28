"""One merchant, ready to sell, for races and properties: requests through Flask's test client, from any thread."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from core.contracts.people import Actor
from core.current import acting
from core.db import across_merchants, db, reading, transaction
from core.services import merchants, people, sign_in
from tests import invariants
from tests.properties import laws

RECEIVER = {"name": "Li Wei", "phone": "13800000000", "address": "1 Long Road", "region": "110000"}
SYSTEM = Actor("system", None, "test", "cli", "test", frozenset("*"))
_numbers = count(1)


@dataclass
class Said:
    """What a request was answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: Any) -> Any:
        return self.body[name]

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return self.status < 300


class Stall:
    """A merchant with a bank account, an owner, shelves and buyers."""

    def __init__(self, app: Flask, code: str = "stall", *, settings: Mapping[str, Any] | None = None) -> None:
        self.app, self.code = app, code
        self.variants: dict[str, UUID] = {}
        self.came_in: dict[UUID, int] = {}
        with app.app_context():
            with transaction():
                row = merchants.create_merchant(code, code.title())
                view = merchants.view(row)
            self.id = row.id
            hashed = sign_in.hash_password("a long password")
            with acting(view, SYSTEM), transaction():
                member = people.create_member("owner", "Olga", hashed, ["owner"])
                merchants.change_settings(merchants.locked_merchant(), settings or {})
            with acting(view, SYSTEM), transaction():
                self.owner = sign_in.open_staff_session(member.id).token
        bank = {"bank": "ICBC", "holder": "Stall", "number": "62220000"}
        self.staff("POST", "accounts", {"plugin": "bank_transfer", "name": "main", "settings": bank})
        self.staff("POST", "plugins/bank_transfer/enable", {})

    # ------------------------------------------------------------------------------------------ requests
    def ask(
        self, method: str, path: str, token: str | None, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Said:
        """One request, as it is answered."""
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        answer = self.app.test_client().open(path, method=method, json=body, headers=sent)
        return Said(answer.status_code, answer.json, dict(answer.headers))

    def admin(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """A request of the owner's, as it is answered."""
        return self.ask(method, f"/v1/admin/{self.code}/{path}", self.owner, body, _dashed(headers))

    def shop(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """A request of a buyer's, as it is answered."""
        return self.ask(method, f"/v1/shop/{self.code}/{path}", token, body, _dashed(headers))

    def staff(self, method: str, path: str, body: Any = None) -> Said:
        """A request of the owner's that must be done."""
        return _done(self.admin(method, path, body))

    # ------------------------------------------------------------------------------------------ goods and people
    def sells(self, sku: str, price: int, **shelves: int) -> UUID:
        """A variant on sale, with so many units in each warehouse: ``sells("tea", 4900, north=20)``."""
        product = self.staff(
            "POST",
            "products",
            {"code": sku, "title": sku.title(), "variants": [{"sku": sku, "price": price, "virtual": not shelves}]},
        )
        self.variants[sku] = UUID(product["variants"][0]["id"])
        for warehouse, units in shelves.items():
            self.admin("POST", "warehouses", {"code": warehouse, "name": warehouse.title()})
            change = {"warehouse": warehouse, "sku": sku, "delta": units, "remark": "in"}
            self.staff("POST", "stock/changes", change)
        self.came_in[self.variants[sku]] = sum(shelves.values())
        return self.variants[sku]

    def buyers(self, how_many: int) -> list[str]:
        """The tokens of new buyers, signed in without the price of a password each."""
        with self.inside(), transaction():
            made = [people.customer_for(f"buyer-{next(_numbers)}", name="Mei") for _ in range(how_many)]
            return [sign_in.open_buyer_session(customer.id).token for customer in made]

    def wish(self, *lines: tuple[str, int], total: int, **more: Any) -> dict[str, Any]:
        """The body of an order."""
        return {
            "lines": [{"variant_id": str(self.variants[sku]), "quantity": quantity} for sku, quantity in lines],
            "delivery": {"method": "courier", "receiver": RECEIVER},
            "expected_total": total,
            **more,
        }

    def placed(self, token: str, *lines: tuple[str, int], total: int, **more: Any) -> Said:
        """An order that must be taken."""
        return _done(self.shop(token, "POST", "orders", self.wish(*lines, total=total, **more)))

    def paid(self, token: str, *lines: tuple[str, int], total: int) -> Said:
        """An order, paid by bank transfer."""
        number = self.placed(token, *lines, total=total)["number"]
        body = {"amount": total, "reference": f"line {next(_numbers)}", "note": "seen"}
        return self.staff("POST", f"orders/{number}/confirm-offline", body)

    # ------------------------------------------------------------------------------------------ looking
    @contextmanager
    def inside(self) -> Iterator[None]:
        """Act inside the application as the system does; no scope is open."""
        with self.app.app_context():
            with reading():
                view = merchants.view(merchants.find_merchant(self.code))
            with acting(view, SYSTEM):
                yield

    def broken_laws(self) -> list[str]:
        """Every law that does not hold, in words."""
        with self.inside():
            found = invariants.broken(only=self.code)
            with reading():
                return found + laws.broken_laws(self.came_in)

    def orders(self) -> list[Any]:
        """All orders, newest first."""
        rows: list[Any] = []
        path = "orders?limit=100"
        while True:
            answer = self.staff("GET", path)
            rows += answer["data"]
            if not answer["page"]["has_more"]:
                return rows
            path = f"orders?limit=100&cursor={answer['page']['next_cursor']}"

    def execute(self, statement: str) -> Any:
        """A statement on the database itself, past every wall; the first value of its answer, if it has one."""
        with self.app.app_context(), across_merchants(), db.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            result = raw.execute(text(statement))
            return result.scalar() if result.returns_rows else None


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Run each of *works* in a thread of its own, all let go at once; what each returned or raised, in their order."""
    barrier = Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(position: int) -> None:
        barrier.wait()
        try:
            results[position] = works[position]()
        except BaseException as trouble:
            results[position] = trouble

    threads = [Thread(target=run, args=(position,)) for position in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def trouble_in(answers: list[Any]) -> list[Any]:
    """What nobody should ever be answered."""
    return [one for one in answers if isinstance(one, BaseException) or (isinstance(one, Said) and one.status >= 500)]


def until_broken(attempt: Callable[[], bool], tries: int = 8) -> bool:
    """Whether *attempt*, a race without its guard, breaks its law within so many tries."""
    return any(attempt() for _ in range(tries))


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _done(said: Said) -> Said:
    assert said.good, f"{said.status}: {said.body}"
    return said
