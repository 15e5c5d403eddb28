"""Every vector: requests, answers, notices, certificates, encryption, the v3 texts and the bill, byte for byte."""

import base64
import json
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.contracts.payment_channel import Nothing, Receipt, RefundReceipt
from core.errors import Distrusted
from plugins.alipay import answers, bill_rows, bills, certificates, keys, modes, notices, pem, seals, texts, yuan
from plugins.alipay.answers import Unreadable
from plugins.alipay.signature import holds, sign, signed_text
from tests.plugins.alipay.vectors import CERTIFICATES, KEYS, MOMENT, VECTORS, account

APP = pem.private_key(KEYS["app"]["private_pkcs8_pem"])


def cases(kind: str) -> Any:
    """One test per vector of *kind*."""
    return pytest.mark.parametrize("case", VECTORS[kind], ids=lambda case: case["id"])


# ---------------------------------------------------------------------------------------------- requests
@cases("request_signing")
def test_a_request_is_signed_as_the_vector_says(case: dict[str, Any]) -> None:
    text = signed_text(case["params"])
    assert text == case["string_to_sign"]
    assert sign(APP, text.encode()) == case["sign"]
    assert holds(APP.public_key(), text.encode(), case["sign"])
    wire = case["wire"]
    sent = dict(parse_qsl(f"{wire.get('query', '')}&{wire.get('body', '')}", keep_blank_values=True))
    assert sent == {**case["params"], "sign": case["sign"]}


# ---------------------------------------------------------------------------------------------- answers
@cases("response_verification")
def test_an_answer_is_believed_as_the_vector_says(case: dict[str, Any]) -> None:
    trust = "certificates" if "alipay_cert_sn" in case else "key"
    settings = account(trust=trust).settings
    node = answers.node_of(
        case["body"], case["method"].replace(".", "_") + "_response", lambda sn: keys.verifier(settings, sn, MOMENT)
    )
    assert node.signed == case["valid"], node.doubt
    assert bool(node.doubt) != node.signed
    if "signed_text" in case:
        assert node.text == case["signed_text"]
    if case["valid"]:
        assert json.loads(node.text)["code"] in ("10000", "40004", "40002")


@pytest.mark.parametrize(
    "body",
    ['{"a":{},"a":{},"sign":"x"}', '{"a":{}', '{"a":{}} tail', "[]", "", '{"a" {}}', "{'a':1}", "[" * 50_000],
    ids=["twice", "cut", "tail", "array", "empty", "no colon", "quotes", "deep"],
)
def test_what_is_no_answer_is_not_read(body: str) -> None:
    with pytest.raises(Unreadable):
        answers.node_of(body, "a", lambda sn: None)


# ---------------------------------------------------------------------------------------------- notices
@cases("notify_verification")
def test_a_notice_is_believed_and_told_as_the_vector_says(case: dict[str, Any]) -> None:
    shop, raw = account(), case["raw"].encode("ascii")
    params, charset = notices.parsed(raw)
    assert params == case["params"] and charset == case["charset"]
    if not case["valid"]:
        with pytest.raises(Distrusted) as told:
            notices.verify(shop, params, charset, MOMENT)
        assert told.value.code == "bad_signature"
        return
    notices.verify(shop, params, charset, MOMENT)
    expect = case["expect"]
    if expect["kind"] == "return":
        return
    (fact,) = notices.read(shop, raw, MOMENT).facts
    _EXPECTED[expect["kind"]](shop, fact, expect)


def _is_payment(shop: Any, fact: Any, expect: dict[str, Any]) -> None:
    assert isinstance(fact, Receipt)
    assert fact.amount == yuan.read(expect["amount"]) == 8888
    assert fact.payee == modes.payee(shop) and fact.at == texts.read("2026-01-02 03:10:00")


def _is_refund(shop: Any, fact: Any, expect: dict[str, Any]) -> None:
    assert isinstance(fact, RefundReceipt)
    assert (fact.out_refund_no, fact.outcome, fact.amount) == (expect["out_request_no"], "done", 0)
    assert fact.at is not None and fact.provider_ref == f"2026010222001400000000000001:{fact.out_refund_no}"


def _is_closed(shop: Any, fact: Any, expect: dict[str, Any]) -> None:
    assert isinstance(fact, Nothing)


def _is_refused(shop: Any, fact: Any, expect: dict[str, Any]) -> None:
    """Core compares: the channel hands on what was told, and it is not what was expected."""
    assert isinstance(fact, Receipt)
    told = {**fact.payee, "total_amount": fact.amount}  # type: ignore[dict-item]
    due = {**modes.payee(shop), "total_amount": 8888}
    assert [name for name in due if told[name] != due[name]] == [expect["reason"]]


_EXPECTED = {
    "payment": _is_payment,
    "payment-final": _is_payment,
    "refund": _is_refund,
    "closed": _is_closed,
    "refuse": _is_refused,
}


# ---------------------------------------------------------------------------------------------- certificates, keys
def test_certificates_are_named_as_the_vector_says() -> None:
    sn, app = CERTIFICATES["sn"], pem.certificate(CERTIFICATES["app_cert_pem"])
    assert certificates.sn_text(app) == sn["app_cert_sn_input"]
    assert certificates.sn(app) == sn["app_cert_sn"]
    assert certificates.sn(pem.certificate(CERTIFICATES["alipay_cert_pem"])) == sn["alipay_cert_sn"]
    for text in (CERTIFICATES["root_bundle_pem"], CERTIFICATES["root_bundle_pem"].replace("\n", "\r\n")):
        assert certificates.root_sn(text) == sn["alipay_root_cert_sn"]
    assert keys.names(account(trust="certificates").settings) == {
        "app_cert_sn": sn["app_cert_sn"],
        "alipay_root_cert_sn": sn["alipay_root_cert_sn"],
    }


@pytest.mark.parametrize("who", ["app", "alipay", "attacker"])
def test_a_key_is_read_in_every_form_it_is_handed_out_in(who: str) -> None:
    forms = ("private_pkcs1_pem", "private_pkcs8_pem", "private_pkcs1_bare_base64")
    numbers = {pem.private_key(KEYS[who][form]).private_numbers().d for form in forms}
    assert len(numbers) == 1
    publics = {pem.public_key(KEYS[who][form]).public_numbers().n for form in ("public_pem", "public_bare_base64")}
    assert publics == {pem.private_key(KEYS[who][forms[0]]).public_key().public_numbers().n}


# ---------------------------------------------------------------------------------------------- encryption, v3
def test_content_is_encrypted_and_opened_as_the_vector_says() -> None:
    case = VECTORS["aes"]
    assert seals.seal(case["key_base64"], case["plaintext"]) == case["ciphertext_base64"]
    assert seals.unseal(case["key_base64"], case["ciphertext_base64"]) == case["plaintext"]
    text = signed_text(case["request_params"])
    assert text == case["request_string_to_sign"] and sign(APP, text.encode()) == case["request_sign"]
    settings = account(aes_key=case["key_base64"]).settings
    name = "alipay_trade_query_response"
    node = answers.node_of(case["response_body"], name, lambda sn: keys.verifier(settings, sn, MOMENT))
    assert node.signed and node.text == case["response_signed_text"]
    heard = answers.Heard(200, {}, case["response_body"].encode(), MOMENT)
    judged = answers.judged(heard, name, lambda sn: keys.verifier(settings, sn, MOMENT), case["key_base64"])
    assert judged.data == json.loads(case["response_plaintext"])


def test_the_texts_of_the_v3_protocol_are_signed_by_the_same_hand() -> None:
    alipay = pem.public_key(KEYS["alipay"]["public_pem"])
    for case in VECTORS["v3"]["requests"]:
        assert sign(APP, case["string_to_sign"].encode()) == case["sign"]
    response = VECTORS["v3"]["response"]
    assert holds(alipay, response["string_to_verify"].encode(), response["headers"]["alipay-signature"])


# ---------------------------------------------------------------------------------------------- the bill
def test_the_bill_is_read_as_the_vector_says() -> None:
    case = VECTORS["bill"]
    file, sheet = BytesIO(base64.b64decode(case["zip_base64"])), bill_rows.Sheet()
    with bills._lines(file) as lines:
        rows = list(bill_rows.rows(lines, sheet))
    sheet.agree()
    assert list(bill_rows.rows(case["detail_text"].splitlines(keepends=True), bill_rows.Sheet())) == rows
    told = [
        {
            "trade_no": row.provider_ref,
            "out_trade_no": row.out_trade_no,
            "type": row.state,
            "amount": yuan.written(row.amount if row.kind == "payment" else -row.amount),
            "out_request_no": row.out_refund_no,
            "fee": yuan.written(-row.fee),
        }
        for row in rows
    ]
    expect = case["expect"]
    assert told == [{name: value for name, value in row.items() if name != "net"} for row in expect["rows"]]
    totals = expect["totals"]
    assert sheet.totals["payment"] == (totals["payments"], yuan.read(totals["payments_received"]))
    assert sheet.totals["refund"] == (totals["refunds"], yuan.read(totals["refunded"]))
    assert yuan.written(-sum(row.fee for row in rows)) == totals["fee"]
    assert {row.at.astimezone(texts.BEIJING).date() for row in rows} == {date(2026, 1, 1)}
    assert all(row.payee == {"seller_id": "2088101100000009"} for row in rows)
