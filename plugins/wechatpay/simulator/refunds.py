"""Money back: one refund per out_refund_no, accepted at once and finished later; amounts in fen."""

from datetime import timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator import bodies, crypto, sharing
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.notices import SUMMARIES, tell
from plugins.wechatpay.simulator.orders import find
from plugins.wechatpay.simulator.refusal import ORDER_MISSING, RATE, REENTRY, SUB_MISMATCH, Refusal, bad_parameter
from plugins.wechatpay.simulator.resources import refund_answer, refund_notice
from plugins.wechatpay.simulator.world import Order, Refund, World

MOST = 50
YEAR = timedelta(days=365)
SPACING = timedelta(minutes=1)


def refund(world: World, call: Call, merchant: Merchant) -> Answer:
    """Ask for money back; the same number with the same body is the same refund."""
    body = call.json()
    bodies.REFUND[merchant.is_provider].check(body, "")
    if ("transaction_id" in body) == ("out_trade_no" in body):
        raise bad_parameter("/transaction_id", "", "exactly one of transaction_id and out_trade_no is needed")
    known = world.refunds.get((merchant.mchid, body["out_refund_no"]))
    if known is not None:
        settle(world)
        if known.params != body:
            raise Refusal(400, "INVALID_REQUEST", "the re-entered request differs from the first", REENTRY)
        return Answer(refund_answer(known))
    order = _order(world, merchant, body)
    _check_room(world, order, body)
    sharing.check_refund(world, order, body["amount"]["refund"])
    if merchant.name in world.switches.poor:
        raise Refusal(403, "NOT_ENOUGH", "the merchant's balance is short: top it up, then ask again")
    return Answer(refund_answer(_accept(world, order, body)))


def query(world: World, call: Call, merchant: Merchant, number: str) -> Answer:
    """What became of a refund."""
    given = call.query()
    bodies.REFUND_QUERY[merchant.is_provider].check(given, "")
    settle(world)
    return Answer(refund_answer(_own(world, merchant, number, given.get("sub_mchid"))))


def abnormal(world: World, call: Call, merchant: Merchant, refund_id: str) -> Answer:
    """Send an abnormal refund to another account."""
    body = call.json()
    bodies.ABNORMAL[merchant.is_provider].check(body, "")
    settle(world)
    found = _own(world, merchant, body["out_refund_no"], body.get("sub_mchid"))
    if found.refund_id != refund_id:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the refund does not exist", ORDER_MISSING)
    if found.status != "ABNORMAL":
        raise Refusal(400, "INVALID_REQUEST", f"the refund is {found.status}, not ABNORMAL")
    if body["type"] == "USER_BANK_CARD":
        key = merchant.opening_key(call.headers.get("wechatpay-serial", ""))
        for name in ("bank_account", "real_name"):
            if key is None or crypto.reveal(key.private, body.get(name, "")) is None:
                raise bad_parameter(f"/{name}", "", "must be encrypted for the key that Wechatpay-Serial names")
    found.status, found.outcome = "PROCESSING", "SUCCESS"
    _start(world, found)
    return Answer(refund_answer(found))


def settle(world: World) -> None:
    """Finish the refunds whose time has come."""
    for one in [one for one in world.running_refunds if one.finish_at is not None and one.finish_at <= now()]:
        finish(world, one, one.outcome)


def finish(world: World, found: Refund, outcome: str) -> None:
    """The refund ends as *outcome*, even if it had ended otherwise, and the merchant is told."""
    if found in world.running_refunds:
        world.running_refunds.remove(found)
    found.status, found.outcome = outcome, outcome
    found.finished_at, found.finish_at = now(), None
    url = found.params.get("notify_url")
    if url:
        tell(
            world,
            found.order.merchant,
            url,
            f"REFUND.{outcome}",
            "refund",
            SUMMARIES[outcome],
            refund_notice(found),
            found.number,
        )


def _order(world: World, merchant: Merchant, body: dict[str, Any]) -> Order:
    if "transaction_id" in body:
        order = world.by_transaction.get(body["transaction_id"])
        order = order if order and order.merchant is merchant else None
    else:
        order = find(world, merchant, body["out_trade_no"])
    if order is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the order does not exist", ORDER_MISSING)
    if order.sub_mchid != body.get("sub_mchid"):
        raise Refusal(400, "INVALID_REQUEST", "the sub-merchant does not fit the order", SUB_MISMATCH)
    if not order.is_paid or order.paid_at is None:
        raise Refusal(400, "INVALID_REQUEST", "the order is not paid")
    if now() > order.paid_at + YEAR:
        raise Refusal(400, "INVALID_REQUEST", "the order was paid more than a year ago")
    return order


def _check_room(world: World, order: Order, body: dict[str, Any]) -> None:
    amount = body["amount"]
    if amount["total"] != order.total:
        raise Refusal(400, "INVALID_REQUEST", "amount.total is not what the order costs")
    if sum(_counted(order)) + amount["refund"] > order.total:
        raise Refusal(400, "INVALID_REQUEST", "the refunds would exceed what was paid")
    if len(order.refunds) >= MOST:
        raise Refusal(400, "INVALID_REQUEST", f"an order has at most {MOST} refunds")
    if world.switches.refund_spacing and order.refunds and now() < order.refunds[-1].created_at + SPACING:
        raise Refusal(429, "FREQUENCY_LIMITED", "a minute must lie between two refunds of an order", RATE)


def _counted(order: Order) -> list[int]:
    return [one.amount for one in order.refunds if one.status != "CLOSED"]


def _accept(world: World, order: Order, body: dict[str, Any]) -> Refund:
    # rounded on the sum, so that all parts together are exactly what the buyer paid
    before = sum(_counted(order))
    cash, whole = order.total - order.coupon, order.total
    share = (before + body["amount"]["refund"]) * cash // whole - before * cash // whole
    found = Refund(order, body, world.next_id("50"), now(), share, None)
    found.outcome = world.decided.pop(found.number, world.switches.refund_outcome)
    order.refunds.append(found)
    order.trade_state = "REFUND"
    world.refunds[order.merchant.mchid, found.number] = found
    _start(world, found)
    return found


def _start(world: World, found: Refund) -> None:
    seconds = world.switches.refund_seconds
    found.finish_at = now() + timedelta(seconds=seconds) if seconds >= 0 else None
    world.running_refunds.append(found)


def _own(world: World, merchant: Merchant, number: str, sub_mchid: str | None) -> Refund:
    found = world.refunds.get((merchant.mchid, number))
    if found is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the refund does not exist", ORDER_MISSING)
    if found.order.sub_mchid != sub_mchid:
        raise Refusal(400, "INVALID_REQUEST", "the sub-merchant does not fit the refund", SUB_MISMATCH)
    return found
