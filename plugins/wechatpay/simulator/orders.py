"""Placing, asking for and closing an order: one out_trade_no per merchant number, whatever its channel."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator import bodies
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import (
    APP_MISMATCH,
    CLOSED,
    MISSING_OPENID,
    MISSING_SUB,
    NO_RELATION,
    ORDER_MISSING,
    PAID,
    REENTRY,
    SUB_IS_PROVIDER,
    SUB_MISMATCH,
    Refusal,
    bad_parameter,
)
from plugins.wechatpay.simulator.resources import payment_resource
from plugins.wechatpay.simulator.world import Order, World

TOKEN_LIFE = {"jsapi": timedelta(hours=2), "app": timedelta(hours=2), "native": timedelta(hours=2)}
H5_LIFE = timedelta(minutes=5)
LIFE = timedelta(days=7)
DETAIL_BYTES = 6144
#: what makes a re-entry another order altogether
IDENTITY = ("amount", "payer", "description", "sub_mchid", "appid", "sp_appid", "sub_appid")


def prepay(world: World, call: Call, merchant: Merchant, partner: bool, channel: str) -> Answer:
    """Place an order, or give a placed one a fresh token."""
    body = call.json()
    bodies.PREPAY[partner, channel].check(body, "")
    check_party(merchant, partner, body)
    _check_product(merchant, partner, body)
    _check_rest(partner, channel, body)
    order = find(world, merchant, body["out_trade_no"])
    if order is None:
        _check_expiry(body)
        order = Order(merchant, partner, channel, body, created_at=now())
        world.orders[merchant.mchid, order.number] = order
    else:
        _check_reentry(order, partner, channel, body)
    return Answer(_fresh_token(world, order))


def query(world: World, call: Call, merchant: Merchant, partner: bool, kind: str, number: str) -> Answer:
    """What became of an order; *kind* says which number is given."""
    given = call.query()
    bodies.WHOSE[partner].check(given, "")
    check_party(merchant, partner, given)
    order = _own(world, merchant, partner, given.get("sub_mchid"), kind, number)
    if order is None:
        raise Refusal(404, "ORDER_NOT_EXIST", "the order does not exist", ORDER_MISSING)
    return Answer(payment_resource(order))


def close(world: World, call: Call, merchant: Merchant, partner: bool, number: str) -> Answer:
    """Nobody may pay this order any more."""
    body = call.json()
    bodies.WHOSE[partner].check(body, "")
    check_party(merchant, partner, body)
    order = _own(world, merchant, partner, body.get("sub_mchid"), "out-trade-no", number)
    if order is None:
        if world.switches.unknown_close_is_404:
            raise Refusal(404, "ORDER_NOT_EXIST", "the order does not exist", ORDER_MISSING)
    elif order.is_paid:
        raise Refusal(400, "ORDERPAID", "the order is paid", PAID)
    else:
        order.trade_state = "CLOSED"
    return Answer(None, status=204)


def find(world: World, merchant: Merchant, number: str) -> Order | None:
    """An order by its number, closed by itself if its seven days are over."""
    order = world.orders.get((merchant.mchid, number))
    if order is not None and order.trade_state == "NOTPAY" and now() >= order.created_at + LIFE:
        order.trade_state = "CLOSED"
    return order


def check_party(merchant: Merchant, partner: bool, given: Mapping[str, Any]) -> None:
    """Does *given* name the merchant who signed?

    :raises Refusal: it names somebody else, or no sub-merchant.
    """
    field = "sp_mchid" if partner else "mchid"
    if given[field] != merchant.mchid:
        raise bad_parameter(f"/{field}", given[field], "is not the merchant who signed the call")
    if partner and given["sub_mchid"] == merchant.mchid:
        raise bad_parameter("/sub_mchid", given["sub_mchid"], "is the provider itself", SUB_IS_PROVIDER)


def deadline(order: Order) -> datetime | None:
    """The last moment at which it may be paid, as its first body said."""
    text = order.params.get("time_expire")
    return datetime.fromisoformat(text) if text else None


def _own(
    world: World, merchant: Merchant, partner: bool, sub_mchid: str | None, kind: str, number: str
) -> Order | None:
    if kind == "id":
        order = world.by_transaction.get(number)
        order = order if order and order.merchant is merchant else None
    else:
        order = find(world, merchant, number)
    if order is None or order.partner != partner:
        return None
    if order.sub_mchid != sub_mchid:
        raise Refusal(400, "INVALID_REQUEST", "the sub-merchant does not fit the order", SUB_MISMATCH)
    return order


def _check_product(merchant: Merchant, partner: bool, body: Mapping[str, Any]) -> None:
    if partner != merchant.is_provider:
        told = "the merchant is no service provider" if partner else "a service provider takes no payments of its own"
        raise Refusal(403, "NO_AUTH", told, NO_RELATION)
    if partner and body["sub_mchid"] not in merchant.role.subs:
        raise Refusal(403, "NO_AUTH", "the sub-merchant has not accepted this provider", NO_RELATION)
    app = body["sp_appid" if partner else "appid"]
    sub_app = body.get("sub_appid")
    if app not in merchant.apps or (sub_app and sub_app != merchant.role.subs[body["sub_mchid"]]):
        raise Refusal(400, "APPID_MCHID_NOT_MATCH", "the app is not bound to the merchant", APP_MISMATCH)


def _check_rest(partner: bool, channel: str, body: Mapping[str, Any]) -> None:
    payer = body.get("payer", {})
    if partner and channel == "jsapi":
        if len(payer) != 1:
            raise bad_parameter("/payer", "", "needs sp_openid or sub_openid, one of them", MISSING_OPENID)
        if "sub_openid" in payer and "sub_appid" not in body:
            raise bad_parameter("/sub_appid", "", "is needed with payer.sub_openid", MISSING_SUB)
    if len(json.dumps(body.get("detail", {}), ensure_ascii=False).encode()) > DETAIL_BYTES:
        raise bad_parameter("/detail", "", f"must not be longer than {DETAIL_BYTES} bytes")


def _check_expiry(body: Mapping[str, Any]) -> None:
    text = body.get("time_expire")
    if text and datetime.fromisoformat(text) < now() + timedelta(minutes=1):
        raise bad_parameter("/time_expire", text, "must be at least a minute ahead")


def _check_reentry(order: Order, partner: bool, channel: str, body: Mapping[str, Any]) -> None:
    if order.is_paid:
        raise Refusal(400, "ORDERPAID", "the order is paid", PAID)
    if order.trade_state == "CLOSED":
        raise Refusal(400, "ORDERCLOSED", "the order is closed", CLOSED)
    same = all(order.params.get(name) == body.get(name) for name in IDENTITY)
    if not same or (order.partner, order.channel) != (partner, channel):
        raise Refusal(403, "OUT_TRADE_NO_USED", "the number was used for another order", REENTRY)
    # only the first call's time counts: another one is no difference
    first, again = dict(order.params), dict(body)
    first.pop("time_expire", None), again.pop("time_expire", None)
    if first != again:
        raise Refusal(400, "INVALID_REQUEST", "the re-entered request differs from the first", REENTRY)
    until = deadline(order)
    if until is not None and now() > until:
        raise Refusal(400, "INVALID_REQUEST", "time_expire has passed", CLOSED)


def _fresh_token(world: World, order: Order) -> dict[str, str]:
    world.by_token.pop(order.token, None)
    order.token = world.next_id("wx" if order.channel != "native" else "")
    order.token_until = now() + TOKEN_LIFE.get(order.channel, H5_LIFE)
    world.by_token[order.token] = order
    if order.channel == "native":
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={order.token}"}
    if order.channel == "h5":
        return {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={order.token}&package=1"}
    return {"prepay_id": order.token}
