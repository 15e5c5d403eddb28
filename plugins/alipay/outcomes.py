"""From Alipay's words to the contract's: states, receipts and refusals, each by a table."""

from collections.abc import Mapping
from typing import Any, Literal

from core import AccountView, ChannelDown, ChannelUnsure, PaymentStatus, Receipt, RefundReceipt, Started
from plugins.alipay import modes, texts, yuan
from plugins.alipay.refusals import UNKNOWN_TRADE, UNSENT, ApiError, meaning, sentence

State = Literal["waiting", "paid", "failed", "closed", "unknown", "unsure"]
Outcome = Literal["done", "pending", "failed", "rejected", "unsure"]
Again = Literal["same_number", "new_number", "by_hand"]

#: trade_status -> ours. TRADE_CLOSED is also what remains of an order that was paid and went back whole.
TRADE_STATES: Mapping[str, State] = {
    "WAIT_BUYER_PAY": "waiting",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "TRADE_CLOSED": "closed",
}
#: refund_status -> ours
REFUND_STATES: Mapping[str, Outcome] = {
    "REFUND_SUCCESS": "done",
    "REFUND_PROCESSING": "pending",
    "REFUND_FAIL": "failed",
}
_REFUND_REFUSED: Mapping[str, tuple[Outcome, Again]] = {
    "same_number": ("failed", "same_number"),
    "by_hand": ("failed", "by_hand"),
    "ask": ("failed", "by_hand"),
    "rejected": ("rejected", "by_hand"),
}


# ---------------------------------------------------------------------------------------------- payments
def status(account: AccountView, node: Mapping[str, Any], out_trade_no: str) -> PaymentStatus:
    """What a queried order says of the attempt *out_trade_no*."""
    if node.get("out_trade_no") != out_trade_no:
        return PaymentStatus("unsure", failure="Alipay answered about another order.")
    told = str(node.get("trade_status"))
    state = TRADE_STATES.get(told, "unsure")
    if state == "closed" and texts.read(node.get("send_pay_date")):
        state = "paid"
    if state != "paid":
        return PaymentStatus(state, failure=None if state == "waiting" else f"Alipay says {told[:40]}.")
    # who asks is answered about orders of the own app and seller only
    found = receipt(node, node.get("send_pay_date"), modes.payee(account))
    return PaymentStatus("paid", found) if found else PaymentStatus("unsure", failure="A payment without its facts.")


def receipt(told: Mapping[str, Any], paid_at: Any, payee: Mapping[str, str]) -> Receipt | None:
    """The money a paid order tells of; None if it does not say how much, when or what it is called.

    The amount is what the order cost: what the buyer paid less by coupons of Alipay's comes from Alipay.
    """
    amount, at = yuan.read(told.get("total_amount")), texts.read(paid_at)
    number, ref = told.get("out_trade_no"), told.get("trade_no")
    if amount is None or amount <= 0 or at is None or not number or not ref:
        return None
    return Receipt(str(number), str(ref), amount, "CNY", at, payee)


def start_refused(error: ApiError) -> Started:
    """What becomes of an attempt that Alipay refused.

    :raises ChannelUnsure: it must be asked what became of it. :raises ChannelDown: nothing was done; later.
    """
    outcome = meaning(error).start
    if outcome == "ask":
        raise ChannelUnsure(sentence(error))
    if outcome == "later":
        raise ChannelDown(sentence(error))
    return Started(outcome, failure=sentence(error))


def query_refused(error: ApiError) -> PaymentStatus:
    """What a refused query tells. An order Alipay does not know waits: it comes into being when the buyer opens it.

    :raises ChannelDown: later.
    """
    if error.code in UNKNOWN_TRADE and error.signed:
        return PaymentStatus("waiting")
    if meaning(error).start == "later":
        raise ChannelDown(sentence(error))
    return PaymentStatus("unsure", failure=sentence(error))


# ---------------------------------------------------------------------------------------------- refunds
def refund_ref(trade_no: object, out_refund_no: str) -> str | None:
    """What Alipay calls a refund: it has no number of its own but the order's and ours."""
    return f"{trade_no}:{out_refund_no}" if trade_no else None


def asked_refund(account: AccountView, node: Mapping[str, Any], out_trade_no: str, number: str) -> RefundReceipt | None:
    """What a queried refund says of *number*; None = Alipay has not heard of it, or not yet."""
    if node.get("out_request_no") in (None, "") and "refund_status" not in node:
        return None
    if node.get("out_trade_no") != out_trade_no or node.get("out_request_no") != number:
        return RefundReceipt(number, "unsure", 0, failure="Alipay answered about another refund.")
    amount = yuan.read(node.get("refund_amount"))
    told = node.get("refund_status")
    if told is None and amount is None:
        return None
    # older accounts say how much went back, and nothing more
    outcome = "done" if told is None else REFUND_STATES.get(str(told), "unsure")
    return RefundReceipt(
        number,
        outcome,
        amount or 0,
        provider_ref=refund_ref(node.get("trade_no"), number),
        failure=None if outcome in ("done", "pending") else f"Alipay says {str(told)[:40]} of the refund.",
        at=texts.read(node.get("gmt_refund_pay")),
        again="by_hand" if outcome == "failed" else "same_number",
        payee=modes.payee(account),
    )


def refund_refused(error: ApiError, out_refund_no: str) -> RefundReceipt:
    """What becomes of a refund that Alipay refused, and that did not go back all the same.

    :raises ChannelDown: nothing was done; later.
    """
    meant = meaning(error).refund
    if meant == "later":
        raise ChannelDown(sentence(error))
    outcome, again = _REFUND_REFUSED[meant]
    return RefundReceipt(out_refund_no, outcome, 0, failure=sentence(error), again=again)


def query_refund_refused(error: ApiError, out_refund_no: str) -> RefundReceipt:
    """What a refused query of a refund tells.

    :raises ChannelDown: later.
    """
    if meaning(error).refund == "later":
        raise ChannelDown(sentence(error))
    if error.code in UNKNOWN_TRADE and error.signed:
        return RefundReceipt(out_refund_no, "failed", 0, failure="Alipay knows no such order.", again="by_hand")
    outcome: Outcome = "rejected" if error.code == UNSENT else "unsure"
    return RefundReceipt(out_refund_no, outcome, 0, failure=sentence(error), again="by_hand")
