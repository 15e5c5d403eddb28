"""What channels and people tell of a refund part: the fact first, then what follows from it."""

from datetime import timedelta

from core import clock, queue
from core.contracts.payment_channel import RefundReceipt
from core.errors import Contradiction
from core.models import Order, Payment, Refund, RefundPart
from core.services import cases, events, guards, ledger, moves, refund_ends, refund_split, refunds, surplus

#: the door that wrote the fact concludes at once; this is for a door that died in between
CONCLUDE_WITHIN = timedelta(seconds=10)
#: seconds from one look at a refund under way to the next: after 1, 5, 10, 20 and 30 min, then every six hours for
#: some ten days; cards take up to three working days (WeChat Pay, Refunds)
LOOKS = (60, 240, 300, 600, 600, *(6 * 3600,) * 40)
#: seconds until a part that the channel could not give back yet is sent again under the same number
PAUSES = (10, 30, 90, 270, 810, 2430, 3600)
#: how often a part that failed is sent again by itself
MOST_TRIES = 20
#: how many numbers one payment's part of a refund may use up
MOST_NUMBERS = 3


def record(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> bool:
    """Write down the fact. Runs no plugin code; a repeat changes nothing. *order* is locked.

    :returns: whether something follows from it, which :func:`conclude` draws.
    :raises Contradiction: another amount or payee than the part's, or it went back twice; nothing is written.
    """
    _compare(part, receipt)
    if part.state == "withdrawn":
        return False
    news = _FACTS[receipt.outcome](order, refund, part, receipt)
    if news:
        queue.later(
            "core.conclude_refund",
            clock.now() + CONCLUDE_WITHIN,
            key=_conclude_key(refund),
            order_id=order.id,
            refund_id=refund.id,
        )
    return news


def conclude(order: Order, refund: Refund) -> None:
    """What follows: the refund ends, or the order learns that it failed. May be called twice. *order* is locked."""
    queue.forget(_conclude_key(refund))
    refund_ends.finish_if_all_done(order, refund)
    failed = next((part for part in refund_ends.live_parts(refund) if part.state == "failed"), None)
    if failed is not None and refund.kind == "order" and order.state == "refunding":
        moves.take(order, "refund", remark=failed.failure)


def look_later(part: RefundPart, step: int) -> None:
    """Ask the channel of a part under way when look number *step* is due; after the last a person must."""
    if step < len(LOOKS):
        queue.later(
            "core.query_refund",
            clock.now() + timedelta(seconds=LOOKS[step]),
            key=_look_key(part),
            order_id=part.order_id,
            part_id=part.id,
            step=step,
        )
    else:
        _tell_people(part, f"Refund {part.out_refund_no} is on its way for days: ask the channel what became of it.")


def _done(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> bool:
    if part.state == "done":
        return False
    part.provider_ref, part.done_at = receipt.provider_ref, receipt.at or clock.now()
    moves.move(part, "finish", by="refund")
    part.payment.refund_pending -= part.amount
    part.payment.refunded += part.amount
    if refund.kind == "surplus":
        surplus.went_back(part.payment)
    elif part.payment.role != "adjustment":
        order.refunded += part.amount
    ledger.book_refund(order, part, owed=_owed(refund, part), by_hand=_past_the_channel(part))
    queue.forget(_look_key(part), _send_key(part))
    cases.resolve_key(refund_ends.by_hand_key(part), "The transfer was made.")
    cases.resolve_key(refund_ends.failed_key(part), "The money went back.")
    events.tell_after("after_refund_settled", refund_part_id=part.id, order_id=order.id)
    return True


def _pending(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> bool:
    if part.state not in ("sending", "unsure"):
        return False
    moves.move(part, "accept", by="system")
    if guards.offline_channel(part):
        _ask_people(order, refund, part)
    else:
        look_later(part, 0)
    return False


def _unsure(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> bool:
    if part.state == "sending":
        moves.move(part, "lose_sight", by="system")
    return False


def _failed(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> bool:
    if part.state == "failed" or _made_by_hand(part):
        # that its channel could not give it back is nothing new
        return False
    came_back = part.state == "done"
    if came_back:
        _take_back(order, refund, part)
    part.failure, part.tries = receipt.failure, part.tries + 1
    moves.move(part, "fail", by="system", remark=receipt.failure)
    queue.forget(_look_key(part))
    # after it had gone back nothing is sent by itself: old news would look the same, and must not pay twice
    if receipt.again == "new_number" and not came_back and _numbers_used(refund, part.payment) < MOST_NUMBERS:
        _replace(order, refund, part)
        return False
    if receipt.again == "same_number" and not came_back and part.tries < MOST_TRIES:
        pause = PAUSES[min(part.tries, len(PAUSES)) - 1]
        due_at = clock.now() + timedelta(seconds=pause)
        queue.later("core.send_refund", due_at, key=_send_key(part), order_id=order.id, part_id=part.id)
        what = "It is tried again by itself"
    else:
        what = "It is not tried again by itself: give it back by hand and mark the refund done"
    _tell_people(part, f"Refund {part.out_refund_no} of order {order.number} failed: {part.failure}. {what}.")
    return True


_FACTS = {"done": _done, "pending": _pending, "unsure": _unsure, "failed": _failed, "rejected": _failed}


def _compare(part: RefundPart, receipt: RefundReceipt) -> None:
    number = part.out_refund_no
    if receipt.amount not in (0, part.amount):
        told = f"Refund {number}: the channel tells of {receipt.amount}, {part.amount} was asked for."
        raise Contradiction(told, code="refund_amount_mismatch")
    if part.payment.payee and receipt.payee is not None:
        wrong = [name for name, who in receipt.payee.items() if part.payment.payee.get(name, who) != who]
        if wrong:
            told = f"Refund {number}: the channel tells of somebody else's money ({', '.join(wrong)} differs)."
            raise Contradiction(told, code="refund_payee_mismatch")
    by_hand = _made_by_hand(part) and receipt.provider_ref
    if receipt.outcome == "done" and (part.state == "withdrawn" or by_hand):
        told = f"Refund {number} went back by the channel, and another way before: it may have gone back twice."
        raise Contradiction(told, code="refunded_twice")


def _take_back(order: Order, refund: Refund, part: RefundPart) -> None:
    """Money that had been delivered came back."""
    part.payment.refunded -= part.amount
    part.payment.refund_pending += part.amount
    if refund.kind == "order" and part.payment.role != "adjustment":
        order.refunded -= part.amount
    ledger.book_return(order, part, owed=_owed(refund, part))
    part.done_at = None
    refund_ends.open_again(order, refund)


def _replace(order: Order, refund: Refund, part: RefundPart) -> None:
    """The number is dead and nothing moved under it: another part takes its place. What is promised stays."""
    moves.move(part, "replace", by="system", remark=part.failure)
    shares = refund_split.shares_of(part)
    refund.parts.append(refunds.write_part(order, refund, part.payment, part.amount, shares))


def _numbers_used(refund: Refund, payment: Payment) -> int:
    return sum(part.payment_id == payment.id for part in refund.parts)


def _ask_people(order: Order, refund: Refund, part: RefundPart) -> None:
    """A channel that nobody can be asked through: somebody must make the transfer."""
    cases.open_case(
        "refund_to_make",
        f"Transfer {part.amount} {order.currency} back for order {order.number}, then mark the refund done.",
        thing_kind="refund",
        thing_id=refund.id,
        key=refund_ends.by_hand_key(part),
        order_id=order.id,
        refund=refund.number,
    )


def _tell_people(part: RefundPart, title: str) -> None:
    cases.open_case(
        "refund_failed",
        title,
        thing_kind="refund",
        thing_id=part.refund_id,
        key=refund_ends.failed_key(part),
        order_id=part.order_id,
        out_refund_no=part.out_refund_no,
        failure=part.failure,
    )


def _owed(refund: Refund, part: RefundPart) -> str:
    if part.payment.role == "adjustment":
        return ledger.adjusted_book(part.payment.channel)
    return ledger.SURPLUS if refund.kind == "surplus" else ledger.ORDERS


def _past_the_channel(part: RefundPart) -> bool:
    """People sent it themselves although its channel could have been asked."""
    return part.evidence is not None and not guards.offline_channel(part)


def _made_by_hand(part: RefundPart) -> bool:
    return part.state == "done" and _past_the_channel(part)


def _look_key(part: RefundPart) -> str:
    return f"query-refund-{part.id}"


def _send_key(part: RefundPart) -> str:
    return f"refund-{part.id}"


def _conclude_key(refund: Refund) -> str:
    return f"conclude-refund-{refund.id}"
