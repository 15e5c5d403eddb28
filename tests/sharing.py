"""Profit sharing as stories know it: rules of a shop, orders that complete, and what of them went to whom."""

from datetime import timedelta
from typing import Any

from core import clock
from core.db import across_merchants, reading
from core.services.checks.attempts import CHECKS as ATTEMPTS
from plugins.profit_sharing.plugin import register_checks
from tests.bookkeeping import report
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

#: who gets a part: a partner's merchant number, and a person by the paying app's openid
PARTNER, PERSON = "1900000777", "oSIMpromoter"


def shares(shop: Shop, **settings: Any) -> None:
    """The shop gives a partner 10 % and a person 5 % of what is paid; orders are completed on receipt."""
    shop.sets(settle_days=0)
    shop.turns_on("profit_sharing", **settings)
    gives(shop, kind="merchant", account=PARTNER, name="示例合作方有限公司", basis_points=1000)
    gives(shop, kind="person", account=PERSON, name="李四", basis_points=500)


def gives(shop: Shop, **rule: Any) -> Told:
    """One more rule."""
    return shop.asks("POST", "profit_sharing/rules", rule)


def is_completed(mei: Payer, shop: Shop, wechat: WechatPay, units: dict[str, int], **more: Any) -> tuple[Told, Told]:
    """An order of so much, paid by WeChat, sent and received; and its payment."""
    order = mei.orders(units, **more)
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    shop.sends(shop.sees(order))
    assert mei.receives(order).state == "completed"
    return order, payment


def is_split(moves: Clock) -> None:
    """A minute after the payment it is asked for, and a minute later it is looked at."""
    moves.passes(minutes=2)
    moves.passes(minutes=2)


def shares_of(shop: Shop, order: Told) -> list[Told]:
    """What became of the order's payments."""
    return [Told(row) for row in shop.lists("profit_sharing/shares", order=order.number)]


def parts_of(shop: Shop, order: Told) -> list[tuple[str, str, int, int]]:
    """Receiver, status, amount and what was given back, of each part of the order's one share."""
    (share,) = shares_of(shop, order)
    return [(row.account, row.status, row.amount, row.returned) for row in share.splits]


def box(shop: Shop) -> dict[str, int]:
    """The settlement report's row of the WeChat account, of the last days."""
    since = (clock.now() - timedelta(days=3)).date().isoformat()
    (row,) = [one for one in report(shop, "settlement", **{"from": since})["accounts"] if one["paid"]]
    left = row["paid"] - row["fee"] - row["refunded"] - row["split"] - row["settled"] + row["other"]
    assert row["opening"] + left == row["unsettled"]
    return {name: row[name] for name in ("paid", "split", "refunded", "unsettled")}


def breaches(shop: Shop) -> list[str]:
    """Every invariant of the plugin that does not hold."""
    return _found(shop, register_checks())


def not_looked_after(shop: Shop) -> list[str]:
    """What was begun with a channel, and nobody will find out how it ended."""
    return _found(shop, ATTEMPTS)


def _found(shop: Shop, checks: Any) -> list[str]:
    with shop.merchant.app.app_context(), across_merchants(), reading():
        mark = f"merchant {shop.merchant.id}: "
        return [told for check in checks for told in check.find() if told.startswith(mark)]
