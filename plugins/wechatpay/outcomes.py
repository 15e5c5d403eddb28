"""From WeChat Pay's words to the contract's: states, receipts and refusals, each by a table."""

from collections.abc import Mapping
from typing import Any, Literal

from core import ChannelDown, ChannelUnsure, PaymentStatus, Receipt, RefundReceipt, Started
from plugins.wechatpay import modes, texts
from plugins.wechatpay.refusals import UNKNOWN_THINGS, UNSENT, ApiError, kind, meaning, sentence

State = Literal["waiting", "paid", "failed", "closed", "unknown", "unsure"]
Outcome = Literal["done", "pending", "failed", "rejected", "unsure"]
Again = Literal["same_number", "new_number", "by_hand"]

#: trade_state -> ours. REFUND says that a refund was accepted: the money had come.
TRADE_STATES: Mapping[str, State] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "waiting",
    "USERPAYING": "waiting",
    "ACCEPT": "waiting",
    "CLOSED": "closed",
    "REVOKED": "failed",
    "PAYERROR": "failed",
}
#: a refund's status -> ours, and what may be done again
REFUND_STATES: Mapping[str, tuple[Outcome, Again]] = {
    "SUCCESS": ("done", "same_number"),
    "PROCESSING": ("pending", "same_number"),
    "CLOSED": ("failed", "new_number"),
    "ABNORMAL": ("failed", "by_hand"),
}
_SAYS = {
    "CLOSED": "WeChat Pay has closed the refund; nothing moved.",
    "ABNORMAL": "The refund cannot reach the buyer (their card or account): see to it in WeChat Pay's console.",
}
_REFUND_REFUSED: Mapping[str, tuple[Outcome, Again]] = {
    "same_number": ("failed", "same_number"),
    "by_hand": ("failed", "by_hand"),
    "rejected": ("rejected", "by_hand"),
}


# ---------------------------------------------------------------------------------------------- payments
def status(resource: Mapping[str, Any], out_trade_no: str) -> PaymentStatus:
    """What a transaction says of the attempt *out_trade_no*."""
    if resource.get("out_trade_no") != out_trade_no:
        return PaymentStatus("unsure", failure="WeChat Pay answered about another order.")
    told = str(resource.get("trade_state"))
    state = TRADE_STATES.get(told, "unsure")
    if state == "paid":
        found = receipt(resource)
        return (
            PaymentStatus("paid", found) if found else PaymentStatus("unsure", failure="A payment without its facts.")
        )
    said = str(resource.get("trade_state_desc") or told)[:200]
    return PaymentStatus(state, failure=None if state == "waiting" else said)


def receipt(resource: Mapping[str, Any]) -> Receipt | None:
    """The money a paid transaction tells of; None if it does not say how much, when or what it is called."""
    amount, at = _amounts(resource), texts.read(resource.get("success_time"))
    total, number, ref = amount.get("total"), resource.get("out_trade_no"), resource.get("transaction_id")
    if type(total) is not int or at is None or not number or not ref:
        return None
    currency = str(amount.get("currency") or "CNY")
    return Receipt(str(number), str(ref), total, currency, at, modes.payee_told(resource))


def start_refused(error: ApiError) -> Started:
    """What becomes of an attempt that WeChat Pay refused.

    :raises ChannelUnsure: it must be asked what became of it. :raises ChannelDown: nothing was done; later.
    """
    outcome = meaning(error).start
    if outcome == "ask":
        raise ChannelUnsure(sentence(error))
    if outcome == "later":
        raise ChannelDown(sentence(error))
    return Started(outcome, failure=sentence(error))


def query_refused(error: ApiError) -> PaymentStatus:
    """What a refused query tells: that there is no such order only if WeChat Pay has signed it.

    :raises ChannelDown: later.
    """
    if meaning(error).start == "later":
        raise ChannelDown(sentence(error))
    unheard = error.signed and kind(error) in UNKNOWN_THINGS
    return PaymentStatus("unknown" if unheard else "unsure", failure=sentence(error))


# ---------------------------------------------------------------------------------------------- refunds
def refund(resource: Mapping[str, Any], out_refund_no: str) -> RefundReceipt:
    """What a refund, asked for or told of, says of *out_refund_no*."""
    if resource.get("out_refund_no") != out_refund_no:
        return RefundReceipt(out_refund_no, "unsure", 0, failure="WeChat Pay answered about another refund.")
    told = str(resource.get("refund_status") or resource.get("status"))
    outcome, again = REFUND_STATES.get(told, ("unsure", "same_number"))
    amount = _amounts(resource).get("refund")
    says = _SAYS.get(told) if outcome != "unsure" else f"WeChat Pay says {told[:40]!r} of the refund."
    return RefundReceipt(
        out_refund_no,
        outcome,
        amount if type(amount) is int else 0,
        provider_ref=str(resource["refund_id"]) if resource.get("refund_id") else None,
        failure=says,
        at=texts.read(resource.get("success_time")),
        again=again,
        payee=modes.payee_told(resource) or None,
    )


def refund_refused(error: ApiError, out_refund_no: str) -> RefundReceipt:
    """What becomes of a refund that WeChat Pay refused.

    :raises ChannelDown: nothing was done; later.
    """
    meant = meaning(error).refund
    if meant == "later":
        raise ChannelDown(sentence(error))
    outcome, again = _REFUND_REFUSED[meant]
    return RefundReceipt(out_refund_no, outcome, 0, failure=sentence(error), again=again)


def query_refund_refused(error: ApiError, out_refund_no: str) -> RefundReceipt:
    """What a refused query of a refund tells. One that is not there is sent again under its own number: that is safe
    even if WeChat Pay has it after all.

    :raises ChannelDown: later.
    """
    if meaning(error).refund == "later":
        raise ChannelDown(sentence(error))
    if kind(error) in UNKNOWN_THINGS:
        return RefundReceipt(out_refund_no, "failed", 0, failure="WeChat Pay has not heard of the refund.")
    outcome: Outcome = "rejected" if error.code == UNSENT else "unsure"
    return RefundReceipt(out_refund_no, outcome, 0, failure=sentence(error), again="by_hand")


def _amounts(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    found = resource.get("amount")
    return found if isinstance(found, Mapping) else {}
