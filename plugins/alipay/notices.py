"""Notices: the raw form verified, then told in the contract's facts. A refund comes to the payment's own address."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from core import AccountView, Distrusted, Nothing, Notice, Receipt, RefundReceipt
from plugins.alipay import keys, modes, outcomes, texts, yuan
from plugins.alipay.signature import SIGN_TYPE, holds, signed_text

Fact = Receipt | RefundReceipt | Nothing
#: what a notice may be written in; the signature covers those very bytes
CHARSETS = ("utf-8", "gbk", "gb2312", "gb18030")
LARGEST, MOST_FIELDS = 64 * 1024, 200


def read(account: AccountView, body: bytes, moment: datetime) -> Notice:
    """Verify *body* and tell what it says.

    :raises Distrusted: it is not proved to be Alipay's.
    """
    params, charset = parsed(body)
    verify(account, params, charset, moment)
    if not params.get("notify_id"):
        raise Distrusted("Signed by Alipay, but not shaped as a notice.", code="not_a_notice")
    return Notice(params["notify_id"][:100], (fact(account, params),))


def parsed(body: bytes) -> tuple[dict[str, str], str]:
    """The parameters of a form, decoded once and untouched otherwise, and the charset they came in.

    :raises Distrusted: it is no such form, or a name stands there twice.
    """
    if len(body) > LARGEST:
        raise Distrusted("Longer than any notice of Alipay.", code="not_a_notice")
    try:
        text = body.decode("ascii")
        told = dict(parse_qsl(text, keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS))
        charset = (told.get("charset") or "utf-8").lower()
        if charset not in CHARSETS:
            raise Distrusted(f"Written in {charset[:20]!r}; we read {', '.join(CHARSETS)}.", code="not_a_notice")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # UnicodeDecodeError is one too
        raise Distrusted("It is no form as Alipay sends it.", code="not_a_notice") from None
    params = dict(pairs)
    if len(params) != len(pairs):
        raise Distrusted("A name stands in it twice.", code="not_a_notice")
    return params, charset


def verify(account: AccountView, params: Mapping[str, str], charset: str, moment: datetime) -> None:
    """:raises Distrusted: *params* are not signed by Alipay, with RSA2."""
    signature = params.get("sign")
    if not signature:
        raise Distrusted("Not signed by Alipay: it has no sign.", code="unsigned")
    if params.get("sign_type", SIGN_TYPE) != SIGN_TYPE:
        raise Distrusted(f"Signed as {params['sign_type'][:20]!r}; {SIGN_TYPE} is what we verify.", code="sign_type")
    cert_sn = params.get("alipay_cert_sn")
    key = keys.verifier(account.settings, cert_sn or None, moment)
    if key is None:
        raise Distrusted("Signed with a certificate that is not ours or has ended.", code="unknown_serial")
    # messages of the application gateway sign their sign_type too; senders differ about blanks and the certificate
    outside = ("sign",) if "msg_method" in params else ("sign", "sign_type")
    for without in (outside, (*outside, "alipay_cert_sn")) if cert_sn else (outside,):
        for blanks in (True, False):
            text = signed_text(params, without=without, blanks=blanks)
            if holds(key, text.encode(charset), signature):
                return
    raise Distrusted("The signature does not hold.", code="bad_signature")


def fact(account: AccountView, params: Mapping[str, str]) -> Fact:
    """What a verified notice says: money that came, money that went back, or nothing we act upon."""
    state = params.get("trade_status", "")
    if is_refund(params):
        return _refund(account, params) if state in ("TRADE_SUCCESS", "TRADE_CLOSED") else _nothing(state, "refunded")
    if outcomes.TRADE_STATES.get(state) != "paid":
        return _nothing(state, "not paid")
    found = outcomes.receipt(params, params.get("gmt_payment"), modes.payee_told(account, params))
    if found is None:
        raise Distrusted("A notice of a payment lacks its number, amount or time.", code="not_a_notice")
    return found


def is_refund(params: Mapping[str, str]) -> bool:
    """Whether it tells of money that went back: such a notice never tells of a payment, whatever its state says."""
    return bool(params.get("gmt_refund")) or bool(yuan.read(params.get("refund_fee")))


def _refund(account: AccountView, params: Mapping[str, str]) -> Fact:
    number, trade_no = params.get("out_biz_no"), params.get("trade_no")
    if not number or not trade_no:
        return Nothing("A notice of a refund that does not say which.")
    return RefundReceipt(
        number,
        "done",
        _went_back(params),
        provider_ref=outcomes.refund_ref(trade_no, number),
        at=texts.read(params.get("gmt_refund")),
        payee=modes.payee_told(account, params) or None,
    )


def _went_back(params: Mapping[str, str]) -> int:
    """What this refund gave back; 0 = not told. ``refund_fee`` is the sum of all, and the merchant's coupons are not
    in ``send_back_fee``: it counts only where the notice shows that there were none."""
    whole = yuan.read(params.get("total_amount"))
    if whole is None or yuan.read(params.get("receipt_amount")) != whole:
        return 0
    return yuan.read(params.get("send_back_fee")) or 0


def _nothing(state: str, why: str) -> Nothing:
    return Nothing(f"A notice {state[:40]} about an order that is {why}.")
