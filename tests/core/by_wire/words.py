"""The words of what plays by wire: paying, telling, and looking into the inbox and the books."""

from typing import Any

import httpx
from sqlalchemy import select

from core import clock as core_clock
from core.contracts.payment_channel import Receipt
from core.db import db, reading
from core.models import Account, LedgerEntry, Notice
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import WORD


def token_of(shop: Shop, plugin: str = "wire") -> str:
    with shop.merchant.inside(), reading() as session:
        where = (Account.merchant_id == shop.merchant.id, Account.plugin == plugin)
        return str(session.scalars(select(Account.notify_token).where(*where)).one())


def tells(shop: Shop, body: bytes, word: str = WORD, **headers: str) -> httpx.Response:
    """The wire knocks at the shop's door of notices."""
    url = f"{shop.merchant.base_url}/v1/notify/{token_of(shop)}"
    return httpx.post(url, content=body, headers={"X-Wire-Word": word, **headers}, timeout=30, trust_env=False)


def receipt(payment: Told, amount: int = 4900, ref: str | None = None, **more: Any) -> Receipt:
    values = {"payee": {"box": "main box"}, "currency": "CNY"} | more
    return Receipt(payment.out_trade_no, ref or f"w-{payment.out_trade_no}", amount, at=core_clock.now(), **values)


def pays(mei: BuyerActor, order: Told, channel: str = "wire") -> Told:
    return mei.asks("POST", f"orders/{order.number}/payments", {"tenders": [{"channel": channel}]})


def inbox_of(shop: Shop) -> list[tuple[str, str | None]]:
    with shop.merchant.inside(), reading():
        rows = db.session().scalars(select(Notice).where(Notice.merchant_id == shop.merchant.id).order_by(Notice.id))
        return [(row.status, row.outcome) for row in rows]


def books(shop: Shop) -> dict[str, int]:
    """book -> what stands there."""
    found: dict[str, int] = {}
    with shop.merchant.inside(), reading():
        for row in db.session().scalars(select(LedgerEntry).where(LedgerEntry.merchant_id == shop.merchant.id)):
            name = row.book.split(":")[0]
            found[name] = found.get(name, 0) + row.amount
    return {name: amount for name, amount in found.items() if amount}
