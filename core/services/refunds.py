"""Giving money back: one decision, its lines to the fen, a part per payment, and what follows when it is done."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, update

from core import clock, plugins, queue
from core.contracts.order import RefundDraft
from core.contracts.payment_channel import RefundReceipt
from core.current import current_actor
from core.db import add, all_of, db, flush, with_rows
from core.errors import Invalid, NotFound, Refused
from core.models import Order, OrderLine, Payment, Refund, RefundLine, RefundPart, Share
from core.reasons import check_reason
from core.services import axes, cases, deadlines, events, guards, ledger, moves, numbers, shipments
from core.services.pictures import picture
from core.services.refund_amounts import Wanted, chosen_lines, everything, freight_part

_payments: Any = Payment.__table__
#: the ceiling, in one statement: refunded + pending + new <= paid
PROMISE = (
    update(_payments)
    .where(
        _payments.c.merchant_id == bindparam("merchant"),
        _payments.c.id == bindparam("payment"),
        _payments.c.refunded + _payments.c.refund_pending + bindparam("new") <= _payments.c.settled_amount,
    )
    .values(refund_pending=_payments.c.refund_pending + bindparam("new"))
)


def request_refund(
    order: Order,
    move: str,
    *,
    reason: str,
    note: str | None = None,
    wanted: Sequence[Wanted] | None = None,
    freight: int | None = None,
) -> Refund:
    """Decide a refund and move the order by *move*; the money is sent by jobs after commit. *order* is locked.

    :param wanted: None = everything that is left.
    :param freight: minor units of freight; None = all of it if nothing was sent and everything goes back, else none.
    :raises Invalid: more than is left, of units or money; every line at fault is named.
    :raises MoveRefused: nothing is ever given back from the node the order is in.
    """
    check_reason(reason)
    if not plugins.machine(order.lifecycle).find(order.state, current_actor().plays, move):
        moves.find_row(order, move, current_actor().plays)
    chosen = everything(order) if wanted is None else chosen_lines(order, wanted)
    freight_amount = freight_part(order, chosen, freight)
    amount = sum(money for _, money in chosen.values()) + freight_amount
    if not chosen and not freight_amount:
        raise Invalid.field("/lines", "Nothing is left to give back.", "nothing_left")
    lines = {line.id: (units, money) for line, (units, money) in chosen.items()}
    draft = RefundDraft(picture(order), lines, freight_amount, amount, reason, "origin")
    plugins.check("check_refund", refund=draft)
    refund = _write(order, draft, note, chosen, list(reversed(order.payments)))
    axes.refunds_changed(order)
    before = order.state
    moves.move(order, move, remark=note, after={"refund": refund.number, "amount": amount, "reason": reason})
    refund.whole = order.state == "refunding" and before != "refunding"
    deadlines.pause(order, "confirm", "confirm_reminder", "settle")
    _finish_if_all_done(order, refund)
    return refund


def withdraw(order: Order, refund: Refund, remark: str | None) -> None:
    """Take the refund back, as long as no channel and nobody by hand has begun to pay it. *order* is locked.

    :raises MoveRefused: a part is under way already.
    """
    _require_open(refund)
    way_back = moves.find_row(order, "withdraw_refund", "staff") if order.state == "refunding" else None
    for part in refund.parts:
        moves.move(part, "withdraw", by="staff", remark=remark)
        part.payment.refund_pending -= part.amount
        cases.resolve_key(_case_key(part), "The refund was withdrawn.")
    for line, row in _lines(order, refund):
        line.refunding -= row.quantity
        line.refunding_amount -= row.amount
    refund.status, refund.done_at = "withdrawn", clock.now()
    axes.refunds_changed(order)
    if way_back is not None:
        moves.write(order, way_back, remark=remark, after={"refund": refund.number})
    _run_on(order)


def find(order: Order, number: str) -> Refund:
    """One of the order's refunds.

    :raises NotFound: not one of them.
    """
    for refund in order.refunds:
        if refund.number == number:
            return refund
    raise NotFound(f"Order {order.number} has no refund {number}.")


def note(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> None:
    """Write down what the channel, or a person, says of a part. A repeat changes nothing. *order* is locked."""
    if part.state in ("done", "withdrawn"):
        return
    if receipt.outcome == "done":
        _done(order, refund, part, receipt)
    elif receipt.outcome == "pending":
        if part.state != "pending":
            moves.move(part, "accept", by="system")
            _ask_people(order, refund, part)
    elif receipt.outcome == "unsure":
        if part.state != "unsure":
            moves.move(part, "lose_sight", by="system")
    else:
        part.failure = receipt.failure
        moves.move(part, "fail", by="system", remark=receipt.failure)
        if order.state == "refunding":
            moves.take(order, "refund", remark=receipt.failure)


def give_back(order: Order, payment: Payment) -> Refund:
    """A closed order's payment goes back whole, line by line as it was shared. *order* is locked, and closed."""
    shares = all_of(Share, order.merchant_id, Share.order_id == order.id, Share.payment_id == payment.id)
    money = {share.line_id: share.amount for share in shares}
    chosen = {line: (0, money[line.id]) for line in order.goods_lines if line.id in money}
    freight = money.get(order.freight_line.id, 0) if order.freight_line else 0
    draft = RefundDraft(
        picture(order),
        {line.id: value for line, value in chosen.items()},
        freight,
        payment.settled_amount,
        "order_closed",
        "origin",
    )
    return _write(order, draft, None, chosen, [payment])


def _write(
    order: Order,
    draft: RefundDraft,
    note: str | None,
    chosen: Mapping[OrderLine, tuple[int, int]],
    payments: Sequence[Payment],
) -> Refund:
    refund = add(
        Refund(
            merchant_id=order.merchant_id,
            order_id=order.id,
            number=numbers.refund_number(),
            reason=draft.reason,
            note=note,
            amount=draft.amount,
            freight=draft.freight,
            created_at=clock.now(),
        )
    )
    wholes = dict(chosen)
    if draft.freight and order.freight_line:
        wholes[order.freight_line] = (0, draft.freight)
    rows = [_write_line(order, refund, line, units, money) for line, (units, money) in wholes.items()]
    order.refunds.append(with_rows(refund, lines=rows, parts=_write_parts(order, refund, payments)))
    return refund


def _write_line(order: Order, refund: Refund, line: OrderLine, units: int, money: int) -> RefundLine:
    line.refunding += units
    line.refunding_amount += money
    return add(
        RefundLine(
            merchant_id=order.merchant_id,
            refund_id=refund.id,
            line_id=line.id,
            quantity=units,
            amount=money,
        )
    )


def _write_parts(order: Order, refund: Refund, payments: Sequence[Payment]) -> list[RefundPart]:
    """Newest cash first, each payment up to what is left of it."""
    flush()
    parts: list[RefundPart] = []
    left = refund.amount
    for payment in payments:
        step = min(left, payment.settled_amount - payment.refunded - payment.refund_pending)
        if step > 0:
            _promise(payment, step)
            parts.append(_write_part(order, refund, payment, step))
            left -= step
    if left:
        raise Refused(f"{left} minor units more than was paid cannot be given back.", code="refund_ceiling")
    return parts


def _write_part(order: Order, refund: Refund, payment: Payment, amount: int) -> RefundPart:
    part = RefundPart(
        merchant_id=order.merchant_id,
        order_id=order.id,
        refund_id=refund.id,
        payment_id=payment.id,
        out_refund_no=numbers.refund_number(),
        amount=amount,
    )
    moves.birth(part, "plan", by=current_actor().plays if current_actor().plays in ("staff", "buyer") else "system")
    queue.soon("core.send_refund", key=f"refund-{part.id}", fresh=True, order_id=order.id, part_id=part.id)
    return with_rows(part, payment=payment)


def _promise(payment: Payment, amount: int) -> None:
    values = {"merchant": payment.merchant_id, "payment": payment.id, "new": amount}
    if db.session().connection().execute(PROMISE, values).rowcount != 1:
        raise Refused("More than was paid cannot be given back.", code="refund_ceiling")
    db.session().refresh(payment)


def _ask_people(order: Order, refund: Refund, part: RefundPart) -> None:
    """A channel that nobody can be asked through: somebody must make the transfer."""
    if guards.offline_channel(part):
        cases.open_case(
            "refund_to_make",
            f"Transfer {part.amount} {order.currency} back for order {order.number}, then mark the refund done.",
            thing_kind="refund",
            thing_id=refund.id,
            key=_case_key(part),
            order_id=order.id,
            refund=refund.number,
        )


def _case_key(part: RefundPart) -> str:
    return f"refund_to_make:{part.id}"


def _done(order: Order, refund: Refund, part: RefundPart, receipt: RefundReceipt) -> None:
    part.provider_ref, part.done_at = receipt.provider_ref, receipt.at or clock.now()
    moves.move(part, "finish", by="refund")
    part.payment.refund_pending -= part.amount
    part.payment.refunded += part.amount
    order.refunded += part.amount
    ledger.book_refund(order, part.payment, part)
    cases.resolve_key(_case_key(part), "The transfer was made.")
    events.tell_after("after_refund_settled", refund_part_id=part.id, order_id=order.id)
    _finish_if_all_done(order, refund)


def _finish_if_all_done(order: Order, refund: Refund) -> None:
    if any(part.state != "done" for part in refund.parts):
        return
    refund.status, refund.done_at = "done", clock.now()
    for line, row in _lines(order, refund):
        line.refunding -= row.quantity
        line.refunding_amount -= row.amount
        line.refunded += row.quantity
        line.refunded_amount += row.amount
    if not guards.all_given_back(order):
        # counted now: another refund of the same line may have been withdrawn since this one was asked for
        shipments.give_up_unsent(order)
    axes.refunds_changed(order)
    if order.state == "refunding":
        moves.take(order, "refund")
    else:
        moves.follow(order)
    _run_on(order)


def _run_on(order: Order) -> None:
    """Clocks that the refund stopped run on, if the order is still on its way and nothing else is open."""
    if order.refund_axis != "applying":
        deadlines.resume(order, "confirm", "confirm_reminder", "settle")
        moves.follow(order)


def _lines(order: Order, refund: Refund) -> list[tuple[OrderLine, RefundLine]]:
    lines = {line.id: line for line in order.lines}
    return [(lines[row.line_id], row) for row in refund.lines]


def _require_open(refund: Refund) -> None:
    if refund.status != "open":
        raise Refused(f"Refund {refund.number} is {refund.status}: only an open one can change.", code="refund_ended")
