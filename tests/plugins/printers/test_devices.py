"""Devices stand only where the operator allows it, whatever a merchant writes; and text cannot steer a printer."""

import contextlib
import socket
import threading

import pytest
from flask import Flask

from plugins.printers import client, layout
from plugins.printers.escpos import encoded
from plugins.printers.places import is_allowed
from tests.conftest import Clock
from tests.plugins.printers.paper import HOST, Printer, device, every
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.parametrize(
    "place",
    [
        {"target": "tcp", "host": "169.254.169.254", "port": 80},
        {"target": "tcp", "host": HOST, "port": 22},
        {"target": "tcp", "host": "localhost", "port": 9100},
        {"target": "http", "url": "http://127.0.0.1:5432/"},
        {"target": "http", "url": "http://printer.shop.example@10.0.0.1/"},
        {"target": "http", "url": "http://[::1]:6379/"},
    ],
)
def test_a_device_in_our_own_network_is_refused_unless_the_operator_names_it(place: dict, shop: Shop) -> None:
    told = shop.is_refused(422).asks("POST", "printers/devices", device(**place))
    assert told.errors[0].code in ("printer_not_allowed", "bad_url")
    assert shop.lists("printers/devices") == []


def test_the_operator_names_hosts_ports_and_networks(app: Flask) -> None:
    app.config["PRINTER_HOSTS"] = "10.1.0.0/24, Till.shop.example:9100, fd00::5"
    with app.app_context():
        allowed = [("10.1.0.7", 9100), ("till.shop.example", 9100), ("fd00::5", 1), ("10.1.0.255", 80)]
        assert all(is_allowed(*place) for place in allowed)
        shut = [("10.1.1.7", 9100), ("till.shop.example", 80), ("evil.till.shop.example", 9100), ("", 0)]
        assert not any(is_allowed(*place) for place in shut)


def test_a_printer_taken_off_the_list_is_not_called_any_more(
    app: Flask, shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    place = {"target": "tcp", "host": HOST, "port": paper.port}
    shop.asks("POST", "printers/devices", device(**place, prints=every("receipt", "paid")))
    app.config["PRINTER_HOSTS"] = ""
    shop.sees_money(mei.orders({"tea": 1}))
    clock.passes(hours=10)
    assert paper.pages == []
    (row,) = shop.lists("printers/prints")
    assert row["status"] == "failed" and "MERX_PRINTER_HOSTS" in row["result"]


def test_a_device_must_be_whole(shop: Shop) -> None:
    refused = shop.is_refused(422).asks("POST", "printers/devices", device(target="tcp"))
    assert refused.errors[0].pointer == "/host"
    shop.asks("POST", "printers/devices", device())
    assert shop.is_refused(409).asks("POST", "printers/devices", device()).code == "code_taken"
    shop.is_refused(422).asks("POST", "printers/devices", device(code="../../etc"))


def test_a_device_that_is_off_prints_nothing(shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock) -> None:
    body = device(target="tcp", host=HOST, port=paper.port, prints=every("receipt", "paid"))
    made = shop.asks("POST", "printers/devices", body)
    del body["code"]
    shop.asks("POST", f"printers/devices/{made.id}", {**body, "enabled": False})
    order = shop.sees_money(mei.orders({"tea": 1}))
    clock.settles()
    assert paper.pages == []
    reprint = {"device_id": made.id, "document": "receipt"}
    told = shop.is_refused(409).asks("POST", f"printers/orders/{order.number}/prints", reprint)
    assert told.code == "device_off"


def test_a_chinese_character_takes_two_columns() -> None:
    assert layout.columns("龙井 tea") == 8
    assert list(layout.wrapped("龙井茶叶礼盒", 5)) == ["龙井", "茶叶", "礼盒"]
    assert list(layout.two_sided("茶", "¥1", 10)) == ["茶     ￥1"]
    assert all(layout.columns(line) <= 7 for line in layout.wrapped("a龙b井c茶d叶e", 7))


def test_text_cannot_steer_the_printer() -> None:
    lines = list(layout.wrapped("nice\x1dV0\x1bp\x00 \u202e note\n", 40))
    assert lines == ["nice V0 p note"]
    assert (
        encoded(["茶😀"], "gbk", cut=True, copies=2)
        == (b"\x1b@\x1c&" + "茶?\n".encode("gbk") + b"\x1bd\x03\x1dVB\x00") * 2
    )


def test_a_printer_that_never_stops_talking_is_not_listened_to_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.5)
    taken: list[bytes] = []

    def talks(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line, contextlib.suppress(OSError):
            taken.append(line.recv(1024))
            while True:
                line.sendall(b"\x12")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talks, args=(listener,))
        thread.start()
        client.over_tcp("127.0.0.1", listener.getsockname()[1], b"a page")
        thread.join(10)
    assert taken == [b"a page"] and not thread.is_alive()
