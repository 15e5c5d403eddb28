"""Tenders of an order: what plugins hold on customers' accounts, held, captured, released and given back.

A tender's part of an order is a row of `payments` with a role of its own. Every function wants the order locked.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from core import clock, plugins
from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest, Tender, takes_credit
from core.db import with_rows
from core.errors import Invalid, PluginTrouble, Refused
from core.ids import new_id
from core.models import Adjustment, Instalment, Order, Payment, RefundPart
from core.plugin_calls import guarded
from core.services import ledger, moves, numbers
from core.services.pictures import picture
from core.services.wishes import TenderWish


def offered(name: str, where: int) -> Tender:
    """A tender that buyers of this merchant may pay with now. *where*: its place in the request, for the refusal."""
    tender = plugins.tenders().get(name)
    if tender is None or tender.role != "payable":
        listed = [*plugins.channels(), *(key for key, known in plugins.tenders().items() if known.role == "payable")]
        told = f"{name!r} is not offered; these are: {', '.join(listed) or 'none'}."
        raise Invalid.field(f"/tenders/{where}/channel", told, "not_offered")
    return tender


def taking_credit(name: str) -> str:
    """The name of a tender of this merchant that refunds may be paid into. :raises Invalid: it is none."""
    able = [key for key, tender in plugins.tenders().items() if takes_credit(tender)]
    if name not in able:
        told = f"{name!r} takes no refunds; accepted: {', '.join(['origin', *able])}."
        raise Invalid.field("/destination", told, "destination")
    return name


def held(order: Order, instalment: Instalment) -> list[Payment]:
    """What tenders hold for an instalment now."""
    return [row for row in order.payments if row.instalment_id == instalment.id and is_held(row)]


def is_held(row: Payment) -> bool:
    """Whether a tender has set it aside, and it is neither spent nor free."""
    return row.role != "cash" and row.state == "open"


def hold(order: Order, instalment: Instalment, wishes: Sequence[TenderWish]) -> list[Payment]:
    """Set aside what the buyer wants to pay with tenders, in the tenders' own order, never more than is missing.

    :raises Refused: a plugin says no, or there is not enough.
    """
    rows: list[Payment] = []
    missing = instalment.amount - instalment.paid
    for wish in sorted(wishes, key=lambda wish: plugins.tender(wish.name)[1].position):
        if wish.amount is not None and wish.amount > missing:
            told = f"{missing} {order.currency} is missing: {wish.name} cannot pay {wish.amount}."
            raise Invalid.field("/tenders", told, "too_much")
        if missing:
            row = _hold(
                order,
                wish,
                amount=missing if wish.amount is None else wish.amount,
                role="payable",
                instalment_id=instalment.id,
            )
            plugins.check("check_payment", order=picture(order), channel=wish.name, amount=row.amount)
            missing -= row.amount
            rows.append(row)
    return rows


def hold_adjustment(order: Order, adjustment: Adjustment, name: str, given: dict[str, Any]) -> Payment:
    """Set aside what pays for an adjustment (points): all of it, or a refusal."""
    wish = TenderWish(name, -adjustment.amount, given)
    return _hold(order, wish, amount=-adjustment.amount, role="adjustment", adjustment_id=adjustment.id)


def hold_again(order: Order, wishes: Sequence[TenderWish], instalment: Instalment) -> None:
    """For late money: everything that was held when it was asked for is set aside once more.

    :raises Refused: it is not all there any more; the caller undoes the transaction.
    """
    # adjustments first, as when it was placed: accounts are locked in one order
    for row in [row for row in order.payments if row.role == "adjustment" and row.state == "closed"]:
        adjustment = next(known for known in order.adjustments if known.id == row.adjustment_id)
        hold_adjustment(order, adjustment, row.channel, row.input)
    hold(order, instalment, wishes)


def settle_adjustments(order: Order) -> None:
    """The order is paid: what was held for its lower price is spent. The fact alone, as :func:`settle`."""
    for row in order.payments:
        if row.role == "adjustment" and is_held(row):
            settle(row)


def settle(row: Payment) -> None:
    """The fact: what was held pays the order now. Runs no plugin code; :func:`capture_all` tells the tender."""
    row.settled_amount, row.settled_at = row.amount, clock.now()
    moves.move(row, "settle", by="payment")


def capture_all(order: Order) -> None:
    """Tell the tenders that what they held is spent. A repeat changes nothing."""
    for row in order.payments:
        if row.role != "cash" and row.state == "settled" and row.concluded_at is None:
            plugin, tender = plugins.tender(row.channel)
            guarded(plugin, "capture", partial(tender.capture, _hold_of(order, row)))
            row.concluded_at = clock.now()
            ledger.book_capture(order, row)


def release_all(order: Order) -> None:
    """Everything that tenders hold for the order is free again."""
    _release(order, [row for row in order.payments if is_held(row)])


def release_payable(order: Order) -> None:
    """What tenders hold for payments is free again; what lowers the price stays."""
    _release(order, [row for row in order.payments if is_held(row) and row.role == "payable"])


def pays_back(part: RefundPart) -> bool:
    """Whether a tender pays the part back, and no channel."""
    return part.tender is not None or part.payment.role != "cash"


def give_back(order: Order, part: RefundPart) -> None:
    """Pay a refund part back into the account it came from, or into the one it shall go to."""
    payment = part.payment
    name = part.tender or payment.channel
    plugin, tender = plugins.tender(name)
    if part.tender is None:
        back = GiveBack(_hold_of(order, payment), part.amount, payment.refunded, part.out_refund_no)
        guarded(plugin, "give_back", partial(tender.give_back, back))
        return
    if not takes_credit(tender):
        raise PluginTrouble(f"Tender {name!r} takes no refunds any more.", plugin=plugin, hook="credit")
    credit = Credit(
        order.merchant_id,
        order.customer_id,
        order.id,
        order.number,
        part.amount,
        order.currency,
        part.out_refund_no,
    )
    guarded(plugin, "credit", partial(tender.credit, credit))


def pay_in(order: Order, name: str, amount: int, *, source: str, book: str, reference: str) -> None:
    """Pay the buyer of *order* something that is no refund into a tender that takes credit. *order* is locked.

    :param amount: minor units. :param source: the plugin that pays. :param book: its own, which bears it.
    :param reference: names the payment: the same one is made once.
    :raises Refused: no tender of that name takes money now (code ``no_such_tender``).
    """
    tender = plugins.tenders().get(name)
    if tender is None or not takes_credit(tender):
        raise Refused(f"No tender {name!r} of this shop takes money.", code="no_such_tender")
    plugin, _ = plugins.tender(name)
    credit = Credit(order.merchant_id, order.customer_id, order.id, order.number, amount, order.currency, reference)
    guarded(plugin, "credit", partial(tender.credit, credit))
    sides = {book: amount, ledger.tender_book(name): -amount}
    ledger.post("grant", sides, source=source, currency=order.currency, order_id=order.id, reference=reference)


def _hold(order: Order, wish: TenderWish, *, amount: int, role: str, **of: Any) -> Payment:
    plugin, tender = plugins.tender(wish.name)
    payment_id = new_id()
    request = HoldRequest(
        order.merchant_id,
        order.customer_id,
        order.id,
        order.number,
        payment_id,
        amount,
        wish.amount is not None,
        order.currency,
        wish.given,
    )
    answer = guarded(plugin, "hold", partial(tender.hold, request))
    _check_answer(plugin, request, answer)
    row = Payment(
        id=payment_id,
        merchant_id=order.merchant_id,
        order_id=order.id,
        role=role,
        account_id=None,
        channel=wish.name,
        out_trade_no=numbers.trade_number(),
        amount=answer.amount,
        currency=order.currency,
        input=dict(wish.given),
        note=dict(answer.note),
        settled_amount=0,
        created_at=clock.now(),
        **of,
    )
    moves.birth(with_rows(row, account=None), "hold", by="system")
    order.payments.append(row)
    ledger.book_hold(order, row)
    return row


def _check_answer(plugin: str, request: HoldRequest, answer: Any) -> None:
    fits = isinstance(answer, Held) and type(answer.amount) is int and 0 < answer.amount <= request.amount
    if not fits or (request.exact and answer.amount != request.amount):
        wanted = request.amount if request.exact else f"1 to {request.amount}"
        raise PluginTrouble(f"Plugin {plugin!r} held {answer!r}; {wanted} was asked for.", plugin=plugin, hook="hold")


def _release(order: Order, rows: Sequence[Payment]) -> None:
    for row in rows:
        plugin, tender = plugins.tender(row.channel)
        guarded(plugin, "release", partial(tender.release, _hold_of(order, row)))
        moves.move(row, "release", by="system")
        ledger.book_release(order, row)


def _hold_of(order: Order, row: Payment) -> Hold:
    return Hold(
        order.merchant_id,
        order.customer_id,
        order.id,
        order.number,
        row.id,
        row.amount,
        row.currency,
        row.note,
    )


def wishes_of(payment: Payment) -> tuple[TenderWish, ...]:
    """The tenders that paid, or were to pay, beside a cash attempt, each with what it held."""
    return tuple(TenderWish(kept["tender"], kept["held"], kept["given"]) for kept in payment.beside if kept["held"])
