"""Profit sharing: frozen money is split among receivers that are known, let go, and given back; amounts in fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator import bodies, crypto
from plugins.wechatpay.simulator.bills import fee_of
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import ORDER_MISSING, REENTRY, SUB_MISMATCH, Refusal, bad_parameter
from plugins.wechatpay.simulator.world import Order, World, beijing

SOONEST, LATEST = timedelta(minutes=1), timedelta(days=30)
RETURNED_WITHIN = timedelta(days=180)
MOST_SPLITS, MOST_RETURNS = 50, 50
TYPES = ("MERCHANT_ID", "PERSONAL_OPENID")


@dataclass
class Return:
    """One out_return_no: so much of one receiver's share goes back."""

    params: Mapping[str, Any]
    return_id: str
    finish_at: datetime | None
    result: str = "PROCESSING"
    fail_reason: str = ""
    finished_at: datetime | None = None


@dataclass
class Split:
    """One out_order_no: shares of a payment, or the end of its freezing. *params* is the body that asked for it."""

    order: Order
    params: Mapping[str, Any]
    order_id: str
    created_at: datetime
    finish_at: datetime | None
    #: account -> PENDING, SUCCESS, CLOSED
    results: dict[str, str] = field(default_factory=dict)
    finished_at: datetime | None = None
    returns: dict[str, Return] = field(default_factory=dict)

    @property
    def receivers(self) -> list[dict[str, Any]]:
        """Who gets what."""
        return list(self.params.get("receivers", []))

    def given(self, *types: str) -> int:
        """What is with receivers of *types*, or on its way to them."""
        live = [one for one in self.receivers if self.results[one["account"]] != "CLOSED" and one["type"] in types]
        return sum(int(one["amount"]) for one in live) - sum(
            int(one.params["amount"]) for one in self.returns.values() if one.result == "SUCCESS"
        )


def add_receiver(world: World, call: Call, merchant: Merchant) -> Answer:
    """Make a receiver known to the merchant, in partner mode to the sub-merchant."""
    body = call.json()
    bodies.RECEIVER[merchant.is_provider].check(body, "")
    if body["type"] == "MERCHANT_ID" and "name" not in body:
        raise bad_parameter("/name", "", "a merchant's full name is needed")
    if body["appid"] not in merchant.apps:
        raise Refusal(400, "INVALID_REQUEST", "the app is not bound to the merchant")
    if "name" in body:
        key = merchant.opening_key(call.headers.get("wechatpay-serial", ""))
        if key is None or crypto.reveal(key.private, body["name"]) is None:
            raise bad_parameter("/name", "", "must be encrypted for the key that Wechatpay-Serial names")
    world.receivers.add((_owner(merchant, body), body["type"], body["account"]))
    return Answer({name: body[name] for name in ("type", "account", "relation_type")} | _sub(body))


def split(world: World, call: Call, merchant: Merchant) -> Answer:
    """Split; the same number with the same body is the same split."""
    body = call.json()
    bodies.SPLIT[merchant.is_provider].check(body, "")
    order = _order(world, merchant, body)
    if (known := _known(world, order, body)) is not None:
        return Answer(_told(known))
    _check_time(order)
    _check_receivers(world, merchant, body)
    if sum(one.order is order for one in world.splits.values()) >= MOST_SPLITS:
        raise Refusal(400, "INVALID_REQUEST", f"an order is split at most {MOST_SPLITS} times")
    wanted = sum(one["amount"] for one in body["receivers"])
    if order.unfrozen or wanted > frozen(world, order):
        raise Refusal(403, "NOT_ENOUGH", "the amount is more than what is frozen of the order")
    cap = order.total * world.switches.max_ratio // 10_000
    if wanted + _given(world, order) + fee_of(order.total - order.coupon) > cap:
        raise Refusal(400, "INVALID_REQUEST", f"all shares and the fee would be more than {cap} fen")
    return Answer(_told(_accept(world, order, body, body["unfreeze_unsplit"])))


def unfreeze(world: World, call: Call, merchant: Merchant) -> Answer:
    """Let all that is frozen go to the merchant."""
    body = call.json()
    bodies.UNFREEZE[merchant.is_provider].check(body, "")
    order = _order(world, merchant, body)
    if (known := _known(world, order, body)) is not None:
        return Answer(_told(known))
    if order.unfrozen or frozen(world, order) == 0:
        raise Refusal(403, "NOT_ENOUGH", "nothing of the order is frozen")
    return Answer(_told(_accept(world, order, body, True)))


def query(world: World, call: Call, merchant: Merchant, number: str) -> Answer:
    """What became of a split."""
    given = call.query()
    bodies.SPLIT_QUERY[merchant.is_provider].check(given, "")
    settle(world)
    found = _own(world, merchant, number, given)
    if found.order.transaction_id != given["transaction_id"]:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the split does not exist", ORDER_MISSING)
    return Answer(_told(found))


def give_back(world: World, call: Call, merchant: Merchant) -> Answer:
    """A receiver gives back; asked again under the same number, one that failed is tried again."""
    body = call.json()
    bodies.RETURN[merchant.is_provider].check(body, "")
    settle(world)
    found = _own(world, merchant, body["out_order_no"], body)
    known = found.returns.get(body["out_return_no"])
    if known is not None and known.params != body:
        raise Refusal(400, "INVALID_REQUEST", "the re-entered request differs from the first", REENTRY)
    if known is None:
        _check_return(found, body)
        known = found.returns[body["out_return_no"]] = Return(body, world.next_id("31"), None)
    if known.result != "SUCCESS" and known.finish_at is None:
        _try_return(world, known)
    settle(world)
    return Answer(_return_told(found, known))


def query_return(world: World, call: Call, merchant: Merchant, number: str) -> Answer:
    """What became of a return."""
    given = call.query()
    bodies.RETURN_QUERY[merchant.is_provider].check(given, "")
    settle(world)
    found = _own(world, merchant, given["out_order_no"], given)
    if number not in found.returns:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the return does not exist", ORDER_MISSING)
    return Answer(_return_told(found, found.returns[number]))


def settle(world: World) -> None:
    """Finish the splits and returns whose time has come."""
    for one in world.splits.values():
        if one.finish_at is not None and one.finish_at <= now():
            one.finish_at, one.finished_at = None, one.finish_at
            for account in one.results:
                one.results[account] = "CLOSED" if account in world.switches.closed_receivers else "SUCCESS"
        for back in one.returns.values():
            if back.finish_at is not None and back.finish_at <= now():
                back.finish_at, back.finished_at = None, back.finish_at
                back.result, back.fail_reason = "SUCCESS", ""


def frozen(world: World, order: Order) -> int:
    """What of a payment can still be split."""
    back = sum(one.amount for one in order.refunds if one.status != "CLOSED")
    left = order.total - order.coupon - fee_of(order.total - order.coupon) - back - _given(world, order)
    return 0 if order.unfrozen or now() > (order.paid_at or now()) + LATEST else max(left, 0)


def check_refund(world: World, order: Order, amount: int) -> None:
    """A refund beyond what the merchant kept of a shared payment; persons cannot give back, its balance pays for them.

    :raises Refusal: shares must be given back first.
    """
    back = sum(one.amount for one in order.refunds if one.status != "CLOSED")
    if (given := _given(world, order, "MERCHANT_ID")) and amount > order.total - back - given:
        raise Refusal(403, "NOT_ENOUGH", "the money was shared: have the receivers give it back first")


def show(split_: Split) -> dict[str, Any]:
    """One split and its returns, for the control API."""
    returns = [_return_told(split_, one) for one in split_.returns.values()]
    return _told(split_) | {"out_trade_no": split_.order.number, "returns": returns}


# ---------------------------------------------------------------------------------------------- inside
def _accept(world: World, order: Order, body: dict[str, Any], finishes: bool) -> Split:
    seconds = world.switches.split_seconds
    finish_at = now() + timedelta(seconds=seconds) if seconds >= 0 else None
    found = Split(order, body, world.next_id("30"), now(), finish_at)
    found.results = {one["account"]: "PENDING" for one in found.receivers}
    world.splits[order.merchant.mchid, body["out_order_no"]] = found
    order.unfrozen = order.unfrozen or finishes
    return found


def _try_return(world: World, found: Return) -> None:
    if found.params["return_mchid"] in world.switches.poor_receivers:
        found.result, found.fail_reason = "FAILED", "BALANCE_NOT_ENOUGH"
        return
    seconds = world.switches.split_seconds
    found.result, found.finish_at = "PROCESSING", now() + timedelta(seconds=max(seconds, 0))


def _order(world: World, merchant: Merchant, body: Mapping[str, Any]) -> Order:
    settle(world)
    order = world.by_transaction.get(body["transaction_id"])
    if order is None or order.merchant is not merchant:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the order does not exist", ORDER_MISSING)
    if order.sub_mchid != body.get("sub_mchid"):
        raise Refusal(400, "INVALID_REQUEST", "the sub-merchant does not fit the order", SUB_MISMATCH)
    if not order.params.get("settle_info", {}).get("profit_sharing"):
        raise Refusal(400, "INVALID_REQUEST", "the order was not placed to be shared")
    return order


def _known(world: World, order: Order, body: Mapping[str, Any]) -> Split | None:
    known: Split | None = world.splits.get((order.merchant.mchid, body["out_order_no"]))
    if known is not None and known.params != body:
        raise Refusal(400, "INVALID_REQUEST", "the re-entered request differs from the first", REENTRY)
    return known


def _check_time(order: Order) -> None:
    paid_at = order.paid_at or now()
    if now() < paid_at + SOONEST:
        raise Refusal(400, "INVALID_REQUEST", "the order was paid less than a minute ago")
    if now() > paid_at + LATEST:
        raise Refusal(403, "NOT_ENOUGH", "the order was paid more than 30 days ago: nothing of it is frozen")


def _check_receivers(world: World, merchant: Merchant, body: Mapping[str, Any]) -> None:
    accounts = [one["account"] for one in body["receivers"]]
    if len(set(accounts)) != len(accounts):
        raise Refusal(400, "INVALID_REQUEST", "a receiver stands there twice")
    for one in body["receivers"]:
        if (_owner(merchant, body), one["type"], one["account"]) not in world.receivers:
            raise Refusal(403, "NO_AUTH", "a receiver is not known: NO_RELATION")


def _check_return(found: Split, body: Mapping[str, Any]) -> None:
    receiver = next((one for one in found.receivers if one["account"] == body["return_mchid"]), None)
    if receiver is None or receiver["type"] != "MERCHANT_ID" or found.results[receiver["account"]] != "SUCCESS":
        raise Refusal(400, "INVALID_REQUEST", "this merchant was given nothing by this split")
    if now() > found.created_at + RETURNED_WITHIN or len(found.returns) >= MOST_RETURNS:
        raise Refusal(400, "INVALID_REQUEST", f"within 180 days, and at most {MOST_RETURNS} times")
    mine = [one for one in found.returns.values() if one.params["return_mchid"] == body["return_mchid"]]
    if sum(one.params["amount"] for one in mine) + body["amount"] > receiver["amount"]:
        raise Refusal(403, "NOT_ENOUGH", "more would be given back than was given")


def _own(world: World, merchant: Merchant, number: str, given: Mapping[str, Any]) -> Split:
    found: Split | None = world.splits.get((merchant.mchid, number))
    if found is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the split does not exist", ORDER_MISSING)
    if found.order.sub_mchid != given.get("sub_mchid"):
        raise Refusal(400, "INVALID_REQUEST", "the sub-merchant does not fit the split", SUB_MISMATCH)
    return found


def _given(world: World, order: Order, *types: str) -> int:
    return sum(one.given(*(types or TYPES)) for one in world.splits.values() if one.order is order)


def _owner(merchant: Merchant, body: Mapping[str, Any]) -> str:
    return str(body.get("sub_mchid", merchant.mchid))


def _sub(body: Mapping[str, Any]) -> dict[str, str]:
    return {"sub_mchid": body["sub_mchid"]} if "sub_mchid" in body else {}


def _told(found: Split) -> dict[str, Any]:
    receivers = []
    for place, one in enumerate(found.receivers):
        result = found.results[one["account"]]
        receivers.append(
            {name: one[name] for name in ("type", "account", "amount", "description")}
            | {"result": result, "detail_id": f"{found.order_id}{place:02d}", "create_time": beijing(found.created_at)}
            | ({"fail_reason": "ACCOUNT_ABNORMAL"} if result == "CLOSED" else {})
            | ({"finish_time": beijing(found.finished_at)} if found.finished_at else {})
        )
    numbers = {"transaction_id": found.order.transaction_id, "out_order_no": found.params["out_order_no"]}
    state = "FINISHED" if found.finished_at else "PROCESSING"
    return _sub(found.params) | numbers | {"order_id": found.order_id, "state": state, "receivers": receivers}


def _return_told(found: Split, back: Return) -> dict[str, Any]:
    told = {name: back.params[name] for name in ("out_order_no", "out_return_no", "return_mchid", "amount")}
    told |= {"order_id": found.order_id, "return_id": back.return_id, "result": back.result}
    return _sub(back.params) | told | ({"fail_reason": back.fail_reason} if back.fail_reason else {})
