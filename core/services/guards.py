"""What `only_if` names: each guard is one question about a row, answered from rows in hand."""

from collections.abc import Callable
from typing import Any

from core import plugins
from core.contracts.payment_channel import is_offline
from core.current import setting
from core.lifecycles import MACHINES
from core.models import Order, Payment, Refund, RefundPart, Shipment
from core.services.pictures import picture

#: an attempt that somebody may still pay; one that is being closed may turn out paid too
PAYABLE = ("created", "open", "unsure")
LIVE = (*PAYABLE, "closing")


# -- money
def nothing_payable(order: Order) -> bool:
    """nothing is payable"""
    return order.payable == 0


def money_missing(order: Order) -> bool:
    """money is still missing"""
    return order.paid < order.payable


def all_instalments_paid(order: Order) -> bool:
    """every instalment is paid"""
    return all(instalment.settled_at for instalment in order.instalments)


def some_instalment_paid(order: Order) -> bool:
    """an instalment is paid"""
    return any(instalment.settled_at for instalment in order.instalments)


def nothing_paid(order: Order) -> bool:
    """nothing is paid"""
    return order.paid == 0


def not_paid_whole(order: Order) -> bool:
    """it is not paid whole"""
    return order.payment_axis != "paid"


def no_live_attempt(order: Order) -> bool:
    """no payment is under way"""
    return not any(is_live(payment) for payment in order.payments)


def is_live(payment: Payment) -> bool:
    """Somebody may still bring this cash."""
    return payment.role == "cash" and payment.state in LIVE


def held_by_tender(payment: Payment) -> bool:
    """a tender set it aside"""
    return payment.role != "cash"


def revived(order: Order) -> bool:
    """late money was taken for it after all"""
    return order.close_reason is None and all_instalments_paid(order)


# -- receiver and holds
def something_is_sent(order: Order) -> bool:
    """something is sent to a receiver"""
    return order.receiver is not None


def buyer_may_edit_receiver(order: Order) -> bool:
    """the merchant lets buyers edit the receiver"""
    return bool(setting("buyer_may_edit_receiver"))


def buyer_may_cancel_paid(order: Order) -> bool:
    """the merchant lets buyers cancel paid orders"""
    return bool(setting("buyer_may_cancel_paid"))


def risk_held(order: Order) -> bool:
    """staff hold it back"""
    return order.risk_hold is not None


def not_risk_held(order: Order) -> bool:
    """nobody holds it back"""
    return order.risk_hold is None


def nothing_holds(order: Order) -> bool:
    """neither staff nor a plugin holds it back"""
    if order.risk_hold is not None:
        return False
    return not (plugins.hearers("add_hold_reasons") and plugins.add("add_hold_reasons", order=picture(order)))


# -- sending and receiving
def nothing_shipped(order: Order) -> bool:
    """nothing is sent yet"""
    return not something_shipped(order)


def something_shipped(order: Order) -> bool:
    """something is sent"""
    return any(line.shipped for line in order.lines)


def nothing_left_to_ship(order: Order) -> bool:
    """nothing is left to send"""
    return all(line.left_to_ship == 0 for line in order.lines)


def every_shipment_received(order: Order) -> bool:
    """every shipment is received"""
    alive = [shipment for shipment in order.shipments if shipment.state != "cancelled"]
    return bool(alive) and all(shipment.state == "received" for shipment in alive)


def not_extended(order: Order) -> bool:
    """the time to receive was not extended yet"""
    return order.extended == 0


def waiting_for_confirmation(order: Order) -> bool:
    """it would be confirmed by itself"""
    return any(deadline.kind == "confirm" for deadline in order.deadlines)


def settles_at_once(order: Order) -> bool:
    """the merchant waits for nothing after receipt"""
    return setting("settle_days") == 0


# -- giving back
def refund_covers_all(order: Order) -> bool:
    """the refund covers everything that is left"""
    return all(line.asked_back for line in order.goods_lines)


def all_given_back(order: Order) -> bool:
    """everything is given back"""
    return all(line.given_back for line in order.goods_lines)


def no_open_refund(order: Order) -> bool:
    """no refund is open"""
    return not any(refund.status == "open" for refund in order.own_refunds)


def a_refund_not_begun(order: Order) -> bool:
    """a refund is open that nobody has begun to pay"""
    return any(refund.status == "open" and _not_begun(refund) for refund in order.own_refunds)


def refund_can_be_withdrawn(order: Order) -> bool:
    """nobody has begun to pay the refund"""
    return all(_not_begun(refund) for refund in order.own_refunds if refund.status == "open")


def _not_begun(refund: Refund) -> bool:
    return all(part.state in ("planned", "waiting") or _by_hand(part) for part in refund.parts)


def _by_hand(part: RefundPart) -> bool:
    return part.state == "pending" and offline_channel(part)


def offline_channel(part: RefundPart) -> bool:
    """its channel is one where people make the transfer"""
    if part.tender is not None or part.payment.role != "cash":
        # a tender pays it back
        return False
    return is_offline(plugins.channel(part.payment.channel)[1])


# -- shipments
def shipment_complete(shipment: Shipment) -> bool:
    """all of it is sent"""
    return any(line.shipped for line in shipment.lines) and all(line.unshipped == 0 for line in shipment.lines)


def shipment_empty(shipment: Shipment) -> bool:
    """nothing of it is left to send"""
    return all(line.quantity == 0 for line in shipment.lines)


#: the doors see to these before the move, so whoever may move is offered it all the same
MET_BY_DOORS = ("no_live_attempt", "refund_covers_all")

GUARDS: dict[str, Callable[[Any], bool]] = {
    name: globals()[name] for machine in MACHINES.values() for move in machine.moves for name in move.only_if
}


def holds(name: str, thing: Any) -> bool:
    """Whether guard *name*, core's or a plugin's, holds for *thing*."""
    if guard := GUARDS.get(name):
        return guard(thing)
    theirs = plugins.guard(name)
    if theirs is None:
        raise LookupError(f"there is no guard {name!r}")
    return bool(theirs(picture(thing)))


def meaning(name: str) -> str:
    """Guard *name* in words, for a refusal."""
    guard = GUARDS.get(name) or plugins.guard(name)
    return ((guard.__doc__ or "") if guard else "").strip().rstrip(".") or name
