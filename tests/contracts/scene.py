"""The words of the rules: a shop, a buyer, the provider behind a channel, and a rival channel for the same order."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import select

from core import plugins
from core.contracts.payment_channel import AccountView
from core.db import db, reading
from core.models import Account, LedgerEntry, Notice
from core.services import accounts
from tests.conftest import Clock
from tests.contracts.payment_channels import Letter, Provider
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

PRICE = 4900


@dataclass
class Scene:
    """What a rule is played with. *logged* holds every record that was logged, whole."""

    app: Flask
    shop: Shop
    mei: BuyerActor
    clock: Clock
    provider: Provider
    rival: "Scene | None" = None
    logged: list[logging.LogRecord] = field(default_factory=list)

    # ------------------------------------------------------------------------------------------ the buyer
    def orders(self, units: int = 1, sku: str = "tea") -> Told:
        """Mei orders so many tins of tea, at the store that the channel's account is for."""
        at: dict[str, Any] = {"store": self.provider.store} if self.provider.store else {}
        return self.mei.orders({sku: units}, **at)

    def tender(self, way: str | None) -> dict[str, Any]:
        """What a storefront sends to pay this way."""
        product = {"product": way} if way else {}
        return {"channel": self.provider.channel, "input": self.provider.gives(way), **product}

    def starts(self, order: Told, way: str | None = None) -> Told:
        """Mei begins to pay and is given what she needs for it."""
        return self.mei.does(order, "payments", tenders=[self.tender(way or self.provider.ways[0])])

    def tries(self, order: Told, way: str | None = None) -> Told:
        """Mei wants to pay, whatever comes of it: look at ``status_code``."""
        body = {"tenders": [self.tender(way or self.provider.ways[0])]}
        answer = self.mei.api.send("POST", f"orders/{order.number}/payments", json=body)
        told = Told(answer.body)
        told.status_code = answer.status
        return told

    # ------------------------------------------------------------------------------------------ the money
    def money_comes(self, order: Told, payment: Told) -> Told:
        """Mei pays, and we learn of it the way this channel usually tells; the order as it is then."""
        if "by_hand" in self.provider.can:
            self.shop.sees_money(order, channel=self.provider.channel)
        else:
            self.provider.pays(payment)
            self.tells(payment)
        return self.shop.sees(order)

    def tells(self, payment: Told) -> None:
        """The provider tells us of a payment by itself, or is asked in time."""
        if "notices" in self.provider.can:
            assert self.posts(self.provider.letter(payment)).status_code == self.provider.accepted[0]
        else:
            self.clock.passes(seconds=10)

    def paid_order(self, units: int = 1) -> Told:
        """An order that is paid through the channel."""
        order = self.orders(units)
        return self.money_comes(order, self.starts(order))

    def payment(self, order: Told) -> Told:
        """The order's newest attempt through the channel, as staff see it."""
        rows = [row for row in self.shop.sees(order).payments if row.channel == self.provider.channel]
        return rows[-1]  # type: ignore[no-any-return]

    # ------------------------------------------------------------------------------------------ back again
    def refunds(self, order: Told, units: int | None = None) -> Told:
        """Staff give so many tins back, or all; the channel has been asked for it."""
        self.shop.refunds(order, {"tea": units} if units else None)
        self.clock.settles()
        return self.shop.sees(order)

    def part(self, order: Told) -> Told:
        """The newest part of the newest refund, as it is now."""
        return self.shop.sees(order).refunds[-1].parts[-1]  # type: ignore[no-any-return]

    def refund_arrives(self, order: Told) -> Told:
        """The money of the newest refund is with Mei, and we learn of it; the order as it is then."""
        if "by_hand" in self.provider.can:
            self.shop.transfers_back(self.shop.sees(order))
            return self.shop.sees(order)
        part = self.part(order)
        if part.state != "done":
            self.provider.finishes(part)
            self.tells_refund(part)
        return self.shop.sees(order)

    def tells_refund(self, part: Told) -> None:
        """The provider tells us of a refund by itself, or is asked in time."""
        if "notices" in self.provider.can:
            assert self.posts(self.provider.refund_letter(part)).status_code == self.provider.accepted[0]
        else:
            self.clock.passes(minutes=30)

    # ------------------------------------------------------------------------------------------ the post
    def posts(self, letter: Letter, account: str = "main") -> httpx.Response:
        """A letter arrives at the address of an account."""
        with self.shop.merchant.inside(), reading():
            url = f"{self.shop.merchant.base_url}/v1/notify/{self._account(account).notify_token}"
        return httpx.post(url, content=letter.body, headers=dict(letter.headers), timeout=30, trust_env=False)

    def inbox(self) -> list[str]:
        """The status of each notice that was taken in, oldest first."""
        with self.shop.merchant.inside(), reading():
            where = Notice.merchant_id == self.shop.merchant.id
            return [row.status for row in db.session().scalars(select(Notice).where(where).order_by(Notice.id))]

    # ------------------------------------------------------------------------------------------ behind the scene
    def books(self) -> dict[str, int]:
        """Book -> what stands there, if anything does."""
        found: dict[str, int] = {}
        with self.shop.merchant.inside(), reading():
            where = LedgerEntry.merchant_id == self.shop.merchant.id
            for row in db.session().scalars(select(LedgerEntry).where(where)):
                name = row.book.split(":")[0]
                found[name] = found.get(name, 0) + row.amount
        return {name: amount for name, amount in found.items() if amount}

    def cases(self, **filters: str) -> list[str]:
        """The kinds of the cases, newest first."""
        return [case.kind for case in self.shop.cases(**filters)]

    def codes(self) -> list[str]:
        """What the open cases of contradictions say is wrong."""
        return [case.data["code"] for case in self.shop.cases(status="open") if "code" in case.data]

    @contextmanager
    def inside(self) -> Iterator[tuple[Any, AccountView]]:
        """The channel itself and its account, as a flow has them: outside any transaction."""
        with self.shop.merchant.inside():
            with reading():
                account = self._account("main")
                view = accounts.view(account, account.stores.get(str(self.provider.store)))
            yield plugins.channel(self.provider.channel)[1], view

    def _account(self, name: str) -> Account:
        plugin = plugins.channel(self.provider.channel)[0]
        where = (Account.merchant_id == self.shop.merchant.id, Account.name == name, Account.plugin == plugin)
        return db.session().scalars(select(Account).where(*where)).one()
