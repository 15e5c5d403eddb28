"""Every vector: requests, answers, notices, client parameters, certificates and sealed fields, byte for byte."""

import hashlib
import json
import re
from typing import Any

import pytest

from core.contracts.payment_channel import Nothing, Receipt, RefundReceipt
from core.errors import ChannelUnsure, Distrusted
from plugins.wechatpay import answers, calls, certificates, modes, notices, parameters, pem, seals
from plugins.wechatpay.answers import Heard
from plugins.wechatpay.client import Client
from plugins.wechatpay.keys import store_of
from plugins.wechatpay.signature import authorization, holds, lines, sign
from tests.plugins.wechatpay.stand_in import notice
from tests.plugins.wechatpay.vectors import KEYS, SUB_APPID, SUB_MCHID, VECTORS, account, at, decoded, lowered, partner

MERCHANT = pem.private_key(KEYS["merchant_private_key_pem"])


def cases(kind: str) -> Any:
    """One test per vector of *kind*."""
    return pytest.mark.parametrize("case", VECTORS[kind], ids=lambda case: case["name"])


def _knowing_both() -> Any:
    """An account in the days of switching over: it holds the public key and the certificate."""
    told = json.loads(decoded(VECTORS["certificates_download"], "body"))
    return account(learned={"certificates": told["data"]})


# ---------------------------------------------------------------------------------------------- requests
@cases("request_signature")
def test_a_request_is_signed_as_the_vector_says(case: dict[str, Any]) -> None:
    message = lines(case["method"], case["request_target"], case["timestamp"], case["nonce_str"], decoded(case, "body"))
    assert message == decoded(case, "message")
    assert hashlib.sha256(message).hexdigest() == case["message_sha256"]
    assert sign(MERCHANT, message) == case["signature"]
    assert holds(MERCHANT.public_key(), message, case["signature"])
    header = authorization(
        MERCHANT, KEYS["mchid"], KEYS["merchant_cert_serial_no"], case["timestamp"], case["nonce_str"], message
    )
    assert _pairs(header) == _pairs(case["authorization"])


def _pairs(header: str) -> tuple[str, dict[str, str]]:
    scheme, _, rest = header.partition(" ")
    return scheme, dict(re.findall(r'(\w+)="([^"]*)"', rest))


def test_our_own_calls_have_the_vectors_targets_and_bodies() -> None:
    number = "T20260101000001"
    assert calls.query(partner(), number).target == _target("query_get")
    assert calls.close(partner(), number).target == _target("partner_close_post")
    assert json.loads(calls.close(partner(), number).body) == json.loads(_case("partner_close_post")["body_utf8"])
    assert calls.query_refund(account(), "R|20260101*1").target == _target("refund_get_percent_encoded")


def _case(name: str) -> dict[str, Any]:
    return next(case for case in VECTORS["request_signature"] if case["name"] == name)


def _target(name: str) -> str:
    return str(_case(name)["request_target"])


# ---------------------------------------------------------------------------------------------- answers
@cases("response_signature")
def test_an_answer_is_believed_only_as_it_was_signed(case: dict[str, Any]) -> None:
    body, moment = decoded(case, "body"), at(case["verify_at_unix"])
    store = store_of(_knowing_both())
    heard = Heard(case["status"], lowered(case["headers"]), body, moment)
    answer = answers.accepted(heard, lambda serial: store.find(serial, moment))
    assert answer.data == (json.loads(body) if body else {})
    assert lines(case["headers"]["Wechatpay-Timestamp"], case["headers"]["Wechatpay-Nonce"], body) == decoded(
        case, "message"
    )
    for spoiled in (body + b" ", b"{}", body[:-1] if body else b"x"):
        with pytest.raises(ChannelUnsure):
            forged = Heard(case["status"], heard.headers, spoiled, moment)
            answers.accepted(forged, lambda serial: store.find(serial, moment))


# ---------------------------------------------------------------------------------------------- notices
@cases("notification")
def test_a_notice_has_the_vectors_verdict(case: dict[str, Any]) -> None:
    verdict, notice = _read(case)
    assert verdict == case["expect"]
    if verdict != "valid":
        return
    told = json.loads(case["plaintext_utf8"])
    assert notice.event_id == json.loads(decoded(case, "body"))["id"]
    (fact,) = notice.facts
    if "out_refund_no" in told:
        assert isinstance(fact, RefundReceipt)
        assert (fact.out_refund_no, fact.outcome, fact.amount) == (told["out_refund_no"], "done", 2345)
        assert (fact.provider_ref, fact.payee) == (told["refund_id"], {"mchid": told["mchid"]})
    else:
        assert isinstance(fact, Receipt)
        assert (fact.out_trade_no, fact.provider_ref) == (told["out_trade_no"], told["transaction_id"])
        assert (fact.amount, fact.currency) == (told["amount"]["total"], "CNY")
        assert fact.at.isoformat() == told["success_time"]


def _read(case: dict[str, Any]) -> tuple[str, Any]:
    client = Client()
    try:
        return "valid", notices.read(
            _knowing_both(), lowered(case["headers"]), decoded(case, "body"), at(case["verify_at_unix"]), client.key
        )
    except Distrusted as error:
        return error.code, None
    finally:
        client.close()


def test_the_payee_of_a_notice_is_told_in_the_words_of_the_attempt() -> None:
    by_name = {case["name"]: _read(case)[1] for case in VECTORS["notification"] if case["expect"] == "valid"}
    assert by_name["pay_success_direct"].facts[0].payee == modes.payee(account(), "jsapi")
    told = by_name["pay_success_partner_platform_cert"].facts[0].payee
    assert told == modes.payee(partner(), "jsapi") == modes.payee(
        partner(store={"sub_mchid": SUB_MCHID, "sub_appid": SUB_APPID}), "jsapi"
    )  # fmt: skip


def test_any_byte_that_is_turned_in_a_notice_makes_it_distrusted() -> None:
    case = VECTORS["notification"][0]
    body, headers, moment = decoded(case, "body"), lowered(case["headers"]), at(case["verify_at_unix"])
    shop, client = _knowing_both(), Client()
    for place in range(0, len(body), 37):
        spoiled = bytearray(body)
        spoiled[place] ^= 1
        with pytest.raises(Distrusted):
            notices.read(shop, headers, bytes(spoiled), moment, client.key)
    for name in ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature"):
        with pytest.raises(Distrusted):
            notices.read(shop, {**headers, name: headers[name] + "1"}, body, moment, client.key)
        with pytest.raises(Distrusted):
            notices.read(shop, {key: value for key, value in headers.items() if key != name}, body, moment, client.key)
    with pytest.raises(Distrusted, match="SM3"):
        changed = {**headers, "wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"}
        notices.read(shop, changed, body, moment, client.key)
    del headers["wechatpay-signature-type"]
    assert notices.read(shop, headers, body, moment, client.key).facts


def test_the_previous_apiv3_key_still_opens_what_was_sealed_with_it() -> None:
    case = VECTORS["notification"][0]
    shop = account(apiv3_key="n" * 32, apiv3_key_previous=KEYS["apiv3_key"])
    headers, body, moment = lowered(case["headers"]), decoded(case, "body"), at(case["verify_at_unix"])
    assert notices.read(shop, headers, body, moment, Client().key).facts
    with pytest.raises(Distrusted, match="apiv3_key"):
        notices.read(account(apiv3_key="n" * 32), headers, body, moment, Client().key)


# ---------------------------------------------------------------------------------------------- the rest
@cases("pay_sign")
def test_the_buyers_app_is_handed_what_the_vector_says(case: dict[str, Any]) -> None:
    app, timestamp, nonce, package = case["lines"]
    assert lines(*case["lines"]) == decoded(case, "message")
    prepay_id = package.removeprefix("prepay_id=")
    store = {"sub_mchid": SUB_MCHID, "sub_appid": SUB_APPID}
    made = {
        "jsapi": lambda: parameters.bridge(account(), "jsapi", prepay_id, timestamp, nonce),
        "miniprogram_sub_appid": lambda: parameters.bridge(partner(store=store), "mini", prepay_id, timestamp, nonce),
        "app": lambda: parameters.app(account(), "app", prepay_id, timestamp, nonce),
    }[case["name"]]()
    assert made == case["client_params"]
    assert app in (KEYS["appid"], SUB_APPID)


def test_the_certificates_open_and_verify_their_own_answer() -> None:
    case = VECTORS["certificates_download"]
    moment = at(case["verify_at_unix"])
    heard = Heard(case["status"], lowered(case["headers"]), decoded(case, "body"), moment)
    sealed = answers.entries(heard)
    assert seals.open_resource(sealed[0]["encrypt_certificate"], [KEYS["apiv3_key"]]).decode() == case["plaintext_pem"]
    found = {key.serial: key for key in certificates.opened(sealed, [KEYS["apiv3_key"]])}
    assert set(found) == {KEYS["platform_cert_serial_no"]}
    assert answers.accepted(heard, found.get).entries == sealed
    with pytest.raises(seals.Sealed, match="APIv3"):
        certificates.opened(sealed, ["n" * 32])
    with pytest.raises(seals.Sealed, match="is called"):
        certificates.opened([{**sealed[0], "serial_no": "AB" * 20}], [KEYS["apiv3_key"]])


@cases("sensitive_field")
def test_sensitive_fields_open_in_both_directions(case: dict[str, Any]) -> None:
    key = pem.private_key(KEYS[case["decrypt_with"]])
    assert seals.decrypt_field(key, case["ciphertext_b64"]) == case["plaintext"]
    assert seals.decrypt_field(key, seals.encrypt_field(key.public_key(), case["plaintext"])) == case["plaintext"]
    other = "wechatpay_private_key_pem" if "merchant" in case["decrypt_with"] else "merchant_private_key_pem"
    for wrong in (case["ciphertext_b64"][:-4] + "AAAA", "no base64!"):
        with pytest.raises(seals.Sealed):
            seals.decrypt_field(key, wrong)
    with pytest.raises(seals.Sealed):
        seals.decrypt_field(pem.private_key(KEYS[other]), case["ciphertext_b64"])


def test_notices_we_do_not_act_upon_are_genuine_all_the_same() -> None:
    shop = account()
    for original_type, event, resource in [
        ("security", "SECURITY_ECHO.SUCCESS", {"echo_message": "x"}),
        ("profitsharing", "PROFITSHARING.SUCCESS", {"order_id": "1"}),
        ("something_new", "SOMETHING.NEW", {}),
        ("transaction", "TRANSACTION.SUCCESS", {"combine_out_trade_no": "C1", "sub_orders": []}),
        ("transaction", "TRANSACTION.CLOSED", {"trade_state": "CLOSED", "out_trade_no": "T1"}),
    ]:
        headers, body, moment = notice(original_type, event, resource)
        (fact,) = notices.read(shop, headers, body, moment, Client().key).facts
        assert isinstance(fact, Nothing) and fact.why
