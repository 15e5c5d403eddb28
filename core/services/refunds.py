"""Giving money back: one decision, its lines to the fen, a part per payment, and what follows when it is done."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update

from core import clock, plugins, queue
from core.contracts.order import RefundDraft
from core.current import current_actor
from core.db import add, db, flush, with_rows
from core.errors import Invalid, NotFound, Refused
from core.models import Order, OrderLine, Payment, Refund, RefundLine, RefundPart, Share
from core.reasons import check_reason
from core.services import axes, cases, deadlines, moves, numbers, refund_ends, refund_split, tenders
from core.services.pictures import picture
from core.services.refund_amounts import Wanted, chosen_lines, everything, freight_part
from core.services.refund_split import Piece

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
    destination: str = "origin",
    by: str | None = None,
) -> Refund:
    """Decide a refund and move the order by *move*; the money is sent by jobs after commit. *order* is locked.

    :param wanted: None = everything that is left.
    :param freight: minor units of freight; None = all of it if nothing was sent and everything goes back, else none.
    :param destination: ``origin``, or the tender that the cash is paid into instead; tenders always get back their own.
    :param by: the word in the order's table, as in ``clock:<kind>``; the current actor's unless given.
    :raises Invalid: more than is left, of units or money; every line at fault is named.
    :raises MoveRefused: nothing is ever given back from the node the order is in.
    """
    by = by or current_actor().plays
    check_reason(reason)
    if destination != "origin":
        tenders.taking_credit(destination)
    if not plugins.machine(order.lifecycle).find(order.state, by, move):
        plugins.check("check_refund", refund=RefundDraft(picture(order), {}, 0, 0, reason, destination))
        moves.find_row(order, move, by)
    chosen = everything(order) if wanted is None else chosen_lines(order, wanted)
    freight_amount = freight_part(order, chosen, freight)
    amount = sum(money for _, money in chosen.values()) + freight_amount
    if not chosen and not freight_amount:
        raise Invalid.field("/lines", "Nothing is left to give back.", "nothing_left")
    lines = {line.id: (units, money) for line, (units, money) in chosen.items()}
    draft = RefundDraft(picture(order), lines, freight_amount, amount, reason, destination)
    plugins.check("check_refund", refund=draft)
    wholes = _with_freight(order, chosen, freight_amount)
    refund = _write(order, draft, note, wholes, refund_split.split(order, wholes))
    axes.refunds_changed(order)
    before = order.state
    moves.move(order, move, by=by, remark=note, after={"refund": refund.number, "amount": amount, "reason": reason})
    refund.whole = order.state == "refunding" and before != "refunding"
    deadlines.pause(order, "confirm", "confirm_reminder", "settle")
    refund_ends.finish_if_all_done(order, refund)
    return refund


def withdraw(order: Order, refund: Refund, remark: str | None) -> None:
    """Take the refund back, as long as no channel and nobody by hand has begun to pay it. *order* is locked.

    :raises MoveRefused: a part is under way already.
    """
    _require_open(refund)
    is_in_table = plugins.machine(order.lifecycle).find(order.state, "staff", "withdraw_refund")
    # what a closed order gives back moves no order
    row = moves.find_row(order, "withdraw_refund", "staff") if is_in_table else None
    for part in refund.parts:
        moves.move(part, "withdraw", by="staff", remark=remark)
        part.payment.refund_pending -= part.amount
        cases.resolve_key(refund_ends.by_hand_key(part), "The refund was withdrawn.")
    for line, given in refund_ends.lines_of(order, refund):
        line.refunding -= given.quantity
        line.refunding_amount -= given.amount
    refund.status, refund.done_at = "withdrawn", clock.now()
    axes.refunds_changed(order)
    if row is not None:
        moves.write(order, row, remark=remark, after={"refund": refund.number})
    refund_ends.run_on(order)


def redirect(order: Order, refund: Refund, destination: str) -> None:
    """Pay what a channel could not give back into a tender instead, each failed part under a new number.

    *order* is locked. :raises Refused: no part of the refund has failed.
    """
    tenders.taking_credit(destination)
    failed = failed_parts(refund)
    if not failed:
        raise Refused(f"No channel failed to give back a part of {refund.number}.", code="nothing_failed")
    _require_open(refund)
    for part in failed:
        moves.move(part, "replace", by="system", remark=f"paid into {destination} instead")
        queue.forget(f"refund-{part.id}")
        cases.resolve_key(refund_ends.failed_key(part), f"It was paid into {destination} instead.")
        shares = refund_split.shares_of(part)
        refund.parts.append(write_part(order, refund, part.payment, part.amount, shares, destination))


def failed_parts(refund: Refund) -> list[RefundPart]:
    """What channels could not give back."""
    return [part for part in refund.parts if part.state == "failed" and not tenders.pays_back(part)]


def find(order: Order, number: str) -> Refund:
    """One of the order's refunds.

    :raises NotFound: not one of them.
    """
    for refund in order.refunds:
        if refund.number == number:
            return refund
    raise NotFound(f"Order {order.number} has no refund {number}.")


def give_back(order: Order, payment: Payment) -> Refund:
    """A closed order's payment goes back whole, line by line as it was shared. *order* is locked, and closed."""
    piece = refund_split.whole(order, payment)
    chosen = {line: (0, piece.lines[line.id]) for line in order.goods_lines if line.id in piece.lines}
    freight = piece.lines.get(order.freight_line.id, 0) if order.freight_line else 0
    draft = RefundDraft(
        picture(order),
        {line.id: value for line, value in chosen.items()},
        freight,
        payment.settled_amount,
        "order_closed",
        "origin",
    )
    return _write(order, draft, None, _with_freight(order, chosen, freight), [piece])


def write_surplus(order: Order, payment: Payment, reason: str) -> Refund:
    """The surplus of *payment* goes back: no lines, no move of the order. *order* is locked."""
    refund = _new(order, reason, payment.surplus, kind="surplus")
    flush()
    _promise(payment, payment.surplus)
    part = write_part(order, refund, payment, payment.surplus)
    order.refunds.append(with_rows(refund, lines=[], parts=[part]))
    return refund


def _new(order: Order, reason: str, amount: int, **more: Any) -> Refund:
    return add(
        Refund(
            merchant_id=order.merchant_id,
            order_id=order.id,
            number=numbers.refund_number(),
            reason=reason,
            amount=amount,
            created_at=clock.now(),
            **more,
        )
    )


def _with_freight(
    order: Order, chosen: Mapping[OrderLine, tuple[int, int]], freight: int
) -> dict[OrderLine, tuple[int, int]]:
    line = order.freight_line
    return {**chosen, line: (0, freight)} if freight and line else dict(chosen)


def _write(
    order: Order,
    draft: RefundDraft,
    note: str | None,
    wholes: Mapping[OrderLine, tuple[int, int]],
    pieces: Sequence[Piece],
) -> Refund:
    refund = _new(order, draft.reason, draft.amount, note=note, freight=draft.freight, destination=draft.destination)
    rows = [_write_line(order, refund, line, units, money) for line, (units, money) in wholes.items()]
    order.refunds.append(with_rows(refund, lines=rows, parts=_write_parts(order, refund, pieces)))
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


def _write_parts(order: Order, refund: Refund, pieces: Sequence[Piece]) -> list[RefundPart]:
    """One part a payment, promised under its ceiling, with its share of each line."""
    flush()
    parts: list[RefundPart] = []
    for piece in pieces:
        _promise(piece.payment, piece.amount)
        parts.append(write_part(order, refund, piece.payment, piece.amount, piece.lines))
    return parts


def write_part(
    order: Order,
    refund: Refund,
    payment: Payment,
    amount: int,
    lines: Mapping[UUID, int] | None = None,
    tender: str | None = None,
) -> RefundPart:
    """A part under a number of its own, promised before; a job sends it.

    :param lines: line id -> minor units of it that fall on the line; None for surplus.
    :param tender: where its cash is paid into; None = as the refund says.
    """
    if tender is None and payment.role == "cash" and refund.destination != "origin":
        tender = refund.destination
    part = RefundPart(
        merchant_id=order.merchant_id,
        order_id=order.id,
        refund_id=refund.id,
        payment_id=payment.id,
        out_refund_no=numbers.refund_number(),
        amount=amount,
        tender=tender,
    )
    moves.birth(part, "plan", by=current_actor().plays if current_actor().plays in ("staff", "buyer") else "system")
    for line_id, share in (lines or {}).items():
        add(
            Share(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=line_id,
                refund_part_id=part.id,
                amount=share,
            )
        )
    queue.soon("core.send_refund", key=f"refund-{part.id}", fresh=True, order_id=order.id, part_id=part.id)
    return with_rows(part, payment=payment)


def _promise(payment: Payment, amount: int) -> None:
    values = {"merchant": payment.merchant_id, "payment": payment.id, "new": amount}
    if db.session().connection().execute(PROMISE, values).rowcount != 1:
        raise Refused("More than was paid cannot be given back.", code="refund_ceiling")
    db.session().refresh(payment)


def _require_open(refund: Refund) -> None:
    if refund.kind == "surplus":
        raise Refused(f"Refund {refund.number} gives back money that came late or twice.", code="refund_of_surplus")
    if refund.status != "open":
        raise Refused(f"Refund {refund.number} is {refund.status}: only an open one can change.", code="refund_ended")
