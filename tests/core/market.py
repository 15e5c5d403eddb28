"""Two merchants side by side, their keys and buyers, for the tests of catalog, stock and cart."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.contracts.people import Actor
from core.current import acting
from core.db import db, transaction
from core.models import Customer, Merchant
from core.services import merchants, people, sign_in
from tests.walls import Counted, count_statements

ALL = ("catalog.read", "catalog.write", "stock.read", "stock.write")
TEA = {
    "code": "tea",
    "title": "Green tea",
    "category": "drinks",
    "pictures": ["https://pictures.example/tea.jpg"],
    "variants": [
        {"sku": "tea-50", "price": 4900, "title": "50 g"},
        {"sku": "tea-100", "price": 8800, "title": "100 g"},
    ],
}


@dataclass
class Caller:
    """Somebody with a token, before one merchant's door."""

    app: Flask
    root: str
    token: str | None

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send one request; ``If_Match="…"`` becomes a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        return self.app.test_client().open(self.root + path, method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        """The document at *path*."""
        answer = self("GET", path)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        """What came of posting *body*."""
        answer = self("POST", path, body)
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def edit(self, path: str, body: Any, status: int = 200) -> Any:
        """Read, then change what was read."""
        answer = self("PATCH", path, body, If_Match=self("GET", path).headers["ETag"])
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()


@dataclass
class Market:
    """An installation with the merchants ``east`` and ``west``."""

    app: Flask

    def staff(self, merchant: str = "east", scopes: tuple[str, ...] = ALL) -> Caller:
        """An API key that may do *scopes*."""
        with self.inside(merchant):
            _, token = people.create_key("test", scopes)
        return Caller(self.app, f"/v1/admin/{merchant}", token)

    def buyer(self, name: str, merchant: str = "east") -> Caller:
        """A buyer who is signed in."""
        with self.inside(merchant):
            customer = people.create_customer(name=name, email=f"{name}@example.com")
            token = sign_in.open_buyer_session(customer.id).token
        return Caller(self.app, f"/v1/shop/{merchant}", token)

    def passer_by(self, merchant: str = "east") -> Caller:
        """Somebody without a token."""
        return Caller(self.app, f"/v1/shop/{merchant}", None)

    @contextmanager
    def inside(self, merchant: str = "east") -> Iterator[None]:
        """A transaction of the merchant's own."""
        with self.app.app_context(), transaction() as session:
            row = session.scalars(select(Merchant).where(Merchant.code == merchant)).one()
            owner = Actor("staff", None, "owner", "cli", "test", frozenset({"*"}))
            with acting(merchants.view(row), owner):
                yield

    def customer(self, name: str) -> Customer:
        """The buyer's row, inside."""
        return db.session().scalars(select(Customer).where(Customer.merchant_id == 1, Customer.name == name)).one()

    def counting(self) -> AbstractContextManager[Counted]:
        """Count the SQL statements sent meanwhile."""
        return count_statements(self.app)


def open_market(app: Flask) -> Market:
    """Both merchants, with nothing on sale yet."""
    with app.app_context(), transaction():
        merchants.create_merchant("east", "East")
        merchants.create_merchant("west", "West", currency="EUR")
    return Market(app)


def codes(document: Any) -> list[str]:
    """The pointers of a problem's errors, with their codes."""
    return [f"{error['pointer']} {error['code']}" for error in document.get("errors", [])]
