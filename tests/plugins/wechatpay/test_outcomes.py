"""The tables: what each state and each error code comes to, for payments and for refunds."""

from typing import Any

import pytest

from core.contracts.payment_channel import PaymentStatus, RefundReceipt, Started
from core.errors import ChannelDown, ChannelUnsure
from plugins.wechatpay import outcomes
from plugins.wechatpay.refusals import INTERNAL, MEANINGS, ApiError

PAID = {
    "mchid": "1900000109", "appid": "wx1", "out_trade_no": "T1", "transaction_id": "42", "trade_state": "SUCCESS",
    "success_time": "2026-03-02T10:00:00+08:00", "amount": {"total": 500, "payer_total": 450, "currency": "CNY"},
}  # fmt: skip
REFUND = {"out_refund_no": "R1", "refund_id": "50", "status": "SUCCESS", "amount": {"total": 500, "refund": 200}}


def refusal(code: str, *, status: int = 400, signed: bool = True, tail: str = "0") -> ApiError:
    """An answer that says no."""
    return ApiError(code, "because", status=status, request_id=f"08F9-{tail}", signed=signed)


# ---------------------------------------------------------------------------------------------- payments
@pytest.mark.parametrize(
    ("told", "ours"),
    [
        ("SUCCESS", "paid"), ("REFUND", "paid"), ("NOTPAY", "waiting"), ("USERPAYING", "waiting"),
        ("ACCEPT", "waiting"), ("CLOSED", "closed"), ("REVOKED", "failed"), ("PAYERROR", "failed"), ("NEW", "unsure"),
    ],
)  # fmt: skip
def test_each_trade_state_is_one_of_ours(told: str, ours: str) -> None:
    found = outcomes.status({**PAID, "trade_state": told}, "T1")
    assert found.state == ours and (found.receipt is not None) == (ours == "paid")


def test_a_receipt_counts_what_was_asked_and_not_what_coupons_left() -> None:
    found = outcomes.status(PAID, "T1").receipt
    assert found is not None
    assert (found.amount, found.currency, found.provider_ref) == (500, "CNY", "42")
    assert found.payee == {"mchid": "1900000109", "appid": "wx1"}


@pytest.mark.parametrize("lacking", ["transaction_id", "success_time", "amount"])
def test_money_without_its_facts_is_not_believed(lacking: str) -> None:
    assert outcomes.status({name: PAID[name] for name in PAID if name != lacking}, "T1").state == "unsure"


@pytest.mark.parametrize("total", ["500", 500.0, True, None])
def test_an_amount_is_a_whole_number_or_none(total: Any) -> None:
    assert outcomes.status({**PAID, "amount": {"total": total}}, "T1").state == "unsure"


def test_an_answer_about_another_order_or_refund_is_no_answer() -> None:
    assert outcomes.status(PAID, "T2").state == "unsure"
    assert outcomes.refund(REFUND, "R2").outcome == "unsure"


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        ("PARAM_ERROR", "rejected"), ("INVALID_REQUEST", "rejected"), ("NO_AUTH", "rejected"), ("NOAUTH", "rejected"),
        ("APPID_MCHID_NOT_MATCH", "rejected"), ("MCH_NOT_EXISTS", "rejected"), ("OPENID_MISMATCH", "rejected"),
        ("ORDERCLOSED", "failed"), ("ORDER_CLOSED", "failed"), ("OUT_TRADE_NO_USED", "failed"),
        ("TRADE_ERROR", "failed"), ("RULE_LIMIT", "failed"), ("RULELIMIT", "failed"), ("ACCOUNT_ERROR", "failed"),
        ("SOMETHING_NEW", "rejected"), ("ORDERPAID", ChannelUnsure), ("ORDER_PAID", ChannelUnsure),
        ("USERPAYING", ChannelUnsure), ("SIGN_ERROR", ChannelDown), ("FREQUENCY_LIMITED", ChannelDown),
        ("RATELIMIT_EXCEED", ChannelDown), ("RATELIMIT_EXCEEDED", ChannelDown),
    ],
)  # fmt: skip
def test_each_refusal_of_a_start_comes_to_one_outcome(code: str, becomes: Any) -> None:
    if isinstance(becomes, str):
        found = outcomes.start_refused(refusal(code))
        assert isinstance(found, Started) and found.outcome == becomes
        assert code in str(found.failure) and "because" in str(found.failure) and "08F9-0" in str(found.failure)
    else:
        with pytest.raises(becomes):
            outcomes.start_refused(refusal(code))


def test_that_there_is_no_such_order_is_believed_only_when_signed() -> None:
    for code in ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"):
        assert outcomes.query_refused(refusal(code, status=404)).state == "unknown"
        assert outcomes.query_refused(refusal(code, status=404, signed=False)).state == "unsure"
    for code in MEANINGS:
        try:
            found: PaymentStatus | None = outcomes.query_refused(refusal(code, signed=False))
        except ChannelDown:
            continue
        assert found is not None and found.state == "unsure", code


def test_the_number_behind_the_request_id_says_more_than_the_code() -> None:
    with pytest.raises(ChannelUnsure):
        outcomes.start_refused(refusal("INVALID_REQUEST", tail="268449538"))
    assert outcomes.start_refused(refusal("INVALID_REQUEST", tail="268498688")).outcome == "failed"
    assert set(INTERNAL.values()) <= set(MEANINGS)


# ---------------------------------------------------------------------------------------------- refunds
@pytest.mark.parametrize(
    ("told", "outcome", "again"),
    [
        ("SUCCESS", "done", "same_number"), ("PROCESSING", "pending", "same_number"),
        ("CLOSED", "failed", "new_number"), ("ABNORMAL", "failed", "by_hand"), ("NEW", "unsure", "same_number"),
    ],
)  # fmt: skip
def test_each_status_of_a_refund_is_one_of_ours(told: str, outcome: str, again: str) -> None:
    for word in ("status", "refund_status"):
        resource = {**{name: value for name, value in REFUND.items() if name != "status"}, word: told}
        found = outcomes.refund(resource, "R1")
        assert (found.outcome, found.again, found.amount, found.provider_ref) == (outcome, again, 200, "50")
        assert bool(found.failure) == (outcome in ("failed", "unsure"))


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        ("NOT_ENOUGH", ("failed", "same_number")), ("NOTENOUGH", ("failed", "same_number")),
        ("USER_ACCOUNT_ABNORMAL", ("failed", "by_hand")), ("TRADE_ERROR", ("failed", "by_hand")),
        ("NO_AUTH", ("failed", "by_hand")), ("INVALID_REQUEST", ("rejected", "by_hand")),
        ("PARAM_ERROR", ("rejected", "by_hand")), ("RESOURCE_NOT_EXISTS", ("rejected", "by_hand")),
        ("SOMETHING_NEW", ("rejected", "by_hand")), ("FREQUENCY_LIMITED", ChannelDown), ("SIGN_ERROR", ChannelDown),
    ],
)  # fmt: skip
def test_each_refusal_of_a_refund_says_what_may_be_done_again(code: str, becomes: Any) -> None:
    if isinstance(becomes, tuple):
        found = outcomes.refund_refused(refusal(code), "R1")
        assert isinstance(found, RefundReceipt) and (found.outcome, found.again) == becomes
    else:
        with pytest.raises(becomes):
            outcomes.refund_refused(refusal(code), "R1")


def test_a_refund_nobody_has_heard_of_may_be_sent_again_under_its_number() -> None:
    found = outcomes.query_refund_refused(refusal("RESOURCE_NOT_EXISTS", status=404, signed=False), "R1")
    assert (found.outcome, found.again) == ("failed", "same_number")
    assert outcomes.query_refund_refused(refusal("PARAM_ERROR"), "R1").outcome == "unsure"
    with pytest.raises(ChannelDown):
        outcomes.query_refund_refused(refusal("FREQUENCY_LIMITED", status=429), "R1")
