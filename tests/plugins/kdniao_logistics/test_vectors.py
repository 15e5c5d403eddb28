"""DataSign is right to the byte, and nothing is encoded twice."""

from urllib.parse import parse_qs

import httpx
import pytest

from plugins.kdniao_logistics.client import clean, envelope
from plugins.kdniao_logistics.signature import holds, sign

KEY = "test-app-key-0001"
PUSH = (
    '{"EBusinessID":"1237100","PushTime":"2026-01-02 03:04:05","Count":"1","Data":[{"EBusinessID":"1237100",'
    '"ShipperCode":"YTO","LogisticCode":"YT0000000000001","Success":true,"State":"3","StateEx":"301","Traces":'
    '[{"AcceptTime":"2026-01-02 03:00:00","AcceptStation":"已签收","Action":"301"}]}]}'
)
VECTORS = [
    (
        '{"OrderCode":"","ShipperCode":"YTO","LogisticCode":"12345678"}',
        KEY,
        "MzRhMzIxODA5ZjE0N2MzOGZhMzdhNDBkMzliOTUyOWI=",
    ),
    ('{"LogisticCode":"3967950525457"}', KEY, "YzZkMjM2MjMwMWZhMDcwZjRlMDVkZjM1N2FjYzIyYTM="),
    (
        '{"ShipperCode":"SF","LogisticCode":"SF1234567890123","CustomerName":"1234","Sort":0}',
        KEY,
        "YTJhOTllZDg5OTRhZmQwYWU2MGY3M2Q1MTQ2MDY5YWI=",
    ),
    (
        '{"ShipperCode":"ZTO","LogisticCode":"638650888018","Callback":"订单42"}',
        KEY,
        "MGFhOTFhYzM3OWVlYjQ3MzIzNDllZmI4YzVmZGU2M2M=",
    ),
    (
        '{"ShipperCode":"ZTO","LogisticCode":"638650888018","Callback":"\\u8ba2\\u535542"}',
        KEY,
        "OWE4MzgzNmIzZDM2NzljMzYzMDMxZWNmZGQxNWZlMjM=",
    ),
    ("{}", "k", "ZTcxZGJhOGU0OTM1OTJjNWZiZTIwODVkZGU3YWJlMWY="),
    (
        "{'OrderCode':'','ShipperCode':'YTO','LogisticCode':'12345678'}",
        KEY,
        "ZWJjODNjM2U5NGVlMThlMTllYmMwZmZmNjEyMDYzYmE=",
    ),
    (PUSH, KEY, "ZmZkMGY5ODBhYTdlOTliZTYzNWQ4NDViMDQ1YWQwZjY="),
]
SETTINGS = {"business_id": "1237100", "api_key": KEY}


@pytest.mark.parametrize(("text", "key", "expected"), VECTORS)
def test_the_signature_is_that_of_the_manual(text: str, key: str, expected: str) -> None:
    assert sign(text, key) == expected
    assert holds(text, key, expected)
    assert not holds(text + " ", key, expected)


@pytest.mark.parametrize("wrong", ["NKMhgJ8UfDj6N6QNOblSmw==", VECTORS[0][2] + "=", "", VECTORS[0][2][:-1] + "%3D"])
def test_the_usual_wrong_signatures_do_not_hold(wrong: str) -> None:
    assert not holds(VECTORS[0][0], KEY, wrong)


def test_the_body_on_the_wire_is_encoded_once() -> None:
    wanted = {"OrderCode": "", "ShipperCode": "YTO", "LogisticCode": "12345678"}
    form = envelope(SETTINGS, "1002", wanted)
    body = httpx.Request("POST", "http://127.0.0.1/", data=form).content.decode()
    assert body == (
        "RequestData=%7B%22OrderCode%22%3A%22%22%2C%22ShipperCode%22%3A%22YTO%22%2C%22LogisticCode%22%3A%2212345678%22"
        "%7D&EBusinessID=1237100&RequestType=1002&DataSign=MzRhMzIxODA5ZjE0N2MzOGZhMzdhNDBkMzliOTUyOWI%3D&DataType=2"
    )


def test_what_is_signed_is_what_is_sent_chinese_and_odd_characters_too() -> None:
    form = envelope(SETTINGS, "1002", {"Callback": "订单42", "Remark": '50% & <more> "it\'s" #1+\\', "None": None})
    assert form["RequestData"] == '{"Callback":"订单42","Remark":"50％ ＆ ＜more＞ ＂it＇s＂ ＃1＋＼"}'
    body = httpx.Request("POST", "http://127.0.0.1/", data=form).content.decode()
    arrived = {name: values[0] for name, values in parse_qs(body).items()}
    assert arrived == form and holds(arrived["RequestData"], KEY, arrived["DataSign"])


def test_lists_and_objects_are_cleaned_all_the_way_down() -> None:
    assert clean({"a": [{"b": "1&2", "c": None}], "n": 3}) == {"a": [{"b": "1＆2"}], "n": 3}
