"""Money that came late or twice: it is booked apart from the order, a person is told, and it goes back by itself."""

from core import clock
from core.lifecycles import CLOSED
from core.models import Order, Payment, Refund
from core.money import format_money
from core.services import cases, events, refunds


def send_back(order: Order, payment: Payment) -> Refund:
    """Give the surplus of *payment* back the way it came, under a number of its own. *order* is locked.

    The order keeps its node. Merchant and buyer are told, and a case stays open until the money is back.
    """
    why = "late_payment" if order.state in (CLOSED, "refunded") else "duplicate_payment"
    refund = refunds.write_surplus(order, payment, why)
    cases.open_case(
        why,
        f"{format_money(payment.surplus, payment.currency)} came by {payment.channel} for order {order.number}, which "
        f"is {order.state}: it goes back by itself as refund {refund.number}.",
        thing_kind="payment",
        thing_id=payment.id,
        key=case_key(payment),
        order_id=order.id,
        out_trade_no=payment.out_trade_no,
        refund=refund.number,
    )
    events.announce(f"order.{why}", order, number=order.number, move=why, state=order.state)
    return refund


def went_back(payment: Payment) -> None:
    """It is with the payer again: nobody has to look any more."""
    cases.resolve_key(case_key(payment), f"The money went back at {clock.now().isoformat(timespec='seconds')}.")


def case_key(payment: Payment) -> str:
    """One case for one payment's surplus."""
    return f"surplus:{payment.id}"
