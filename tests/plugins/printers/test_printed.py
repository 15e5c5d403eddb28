"""Documents come out by themselves, once, with the exact bytes; a printer that is off or breaks off stops no order."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request

from core import plugins
from plugins.printers.layout import columns
from tests.conftest import Clock
from tests.plugins.printers.paper import HOST, Printer, device, every
from tests.server import serving
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop

pytestmark = pytest.mark.both_databases
RECEIPT = """\
              收据
订单{number:>28}
下单            2026-03-02 10:00
--------------------------------
Plain 龙井茶
2 x ￥49.00              ￥98.00
--------------------------------
商品                     ￥98.00
运费                      ￥0.00
应付                     ￥98.00
已付                     ￥98.00
--------------------------------
              Acme
"""


def adds(shop: Shop, paper: Printer | None = None, **more: Any) -> Told:
    """A device; over TCP if *paper* is given."""
    place = {"target": "tcp", "host": HOST, "port": paper.port} if paper else {}
    return shop.asks("POST", "printers/devices", device(**{**place, **more}))


def is_paid(shop: Shop, mei: BuyerActor, clock: Clock, **more: Any) -> Told:
    """Two packets of tea."""
    order = shop.sees_money(mei.orders({"tea": 2}, **more))
    clock.settles()
    return order


def test_a_receipt_comes_out_of_the_printer_byte_for_byte(
    shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    shop.sells("plain", 4900, title="龙井茶")
    adds(shop, paper, prints=every("receipt", "paid"))
    order = shop.sees_money(mei.orders({"plain": 2}))
    clock.settles()
    (page,) = paper.pages
    text = RECEIPT.format(number=order.number).encode("gbk")
    assert page == b"\x1b@\x1c&" + text + b"\x1bd\x03\x1dVB\x00"
    (row,) = shop.lists("printers/prints")
    assert (row["status"], row["node"], row["tries"], row["doubtful"]) == ("printed", "paid", 1, False)


def test_a_pick_list_says_what_to_pack_and_where_it_goes_in_as_many_copies_as_wanted(
    shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    adds(shop, paper, prints=every("pick_list", "paid", "shipped"), copies=2, language="en", cut=False, width=40)
    order = is_paid(shop, mei, clock, note="leise \x1dV0 klopfen".replace("\x1d", ""))
    text = paper.pages[0].decode("gbk")
    assert text.count("Pick list") == 2 and "\x1dV" not in text
    assert "[ ] tea" in text and "x 2" in text and RECEIVER["name"] in text and "klopfen" in text
    assert all(columns(line) <= 40 for line in text.replace("\x1b@\x1c&", "").split("\n"))
    shop.sends(order, tracking_no="SF1000")
    clock.settles()
    assert len(paper.pages) == 2 and "SF SF1000" in paper.pages[1].decode("gbk")


def test_a_printer_that_is_off_prints_later_and_once(shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock) -> None:
    adds(shop, paper, prints=every("receipt", "paid"))
    paper.switches_off()
    order = is_paid(shop, mei, clock)
    assert order.state == "awaiting_shipment" and shop.lists("printers/prints")[0]["status"] == "waiting"
    clock.passes(minutes=30)
    paper.switches_on()
    clock.passes(hours=2)
    assert len(paper.pages) == 1 and shop.lists("printers/prints")[0]["status"] == "printed"
    assert shop.cases(kind="printer_stuck") == []


def test_a_page_that_broke_off_comes_again_and_says_so(
    shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    adds(shop, paper, prints=every("pick_list", "paid"), language="en")
    paper.breaks_off = True
    is_paid(shop, mei, clock)
    paper.breaks_off = False
    clock.passes(minutes=5)
    (page,) = paper.pages
    assert b"May be a duplicate" in page
    (row,) = shop.lists("printers/prints")
    assert row["doubtful"] and row["status"] == "printed"


def test_a_printer_that_stays_off_is_one_case(shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock) -> None:
    adds(shop, paper, prints=[*every("receipt", "paid"), *every("pick_list", "paid")])
    paper.switches_off()
    is_paid(shop, mei, clock)
    clock.passes(hours=10)
    assert [row["status"] for row in shop.lists("printers/prints")] == ["failed", "failed"]
    assert len(shop.cases(kind="printer_stuck", status="open")) == 1


def test_moved_twice_is_printed_once_and_staff_may_print_again(
    shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    till = adds(shop, paper, prints=every("receipt", "paid"), language="en")
    order = is_paid(shop, mei, clock)
    with shop.merchant.inside():
        for target in ("paid", "paid"):
            plugins.call_one(
                "printers", "after_order_moved", order_id=UUID(order.id), move="paid", target=target, seq=1
            )
    clock.settles()
    assert len(paper.pages) == 1
    body = {"device_id": till.id, "document": "receipt"}
    for _ in range(2):
        shop.asks("POST", f"printers/orders/{order.number}/prints", body)
    clock.settles()
    assert len(paper.pages) == 3 and all(b"*** Reprint ***" in page for page in paper.pages[1:])
    rows = shop.lists("printers/prints", order_id=order.id)
    assert [(row["node"], row["reprint"]) for row in rows] == [("reprint", 2), ("reprint", 1), ("paid", 0)]


def test_a_file_lies_whole_in_the_merchants_own_folder(app: Flask, shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    adds(shop, prints=every("receipt", "paid"), copies=2)
    order = is_paid(shop, mei, clock)
    folder = Path(app.config["VAR"]) / "printouts" / str(shop.merchant.id) / "till"
    (file,) = folder.iterdir()
    assert file.name.startswith(f"{order.number}-receipt-") and file.stat().st_mode & 0o077 == 0
    one, two = file.read_text("utf-8").split("\f")
    assert one == two and "龙井茶 Longjing" in one


def test_an_endpoint_is_given_the_text_and_a_name_to_know_repeats_by(
    app: Flask, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    endpoint, taken = Flask("endpoint"), []
    answers = [503, 204]

    @endpoint.post("/print")
    def take() -> Any:
        taken.append((request.headers["Idempotency-Key"], request.get_data(as_text=True)))
        return "", answers.pop(0)

    with serving(endpoint) as url:
        app.config["PRINTER_HOSTS"] = url.removeprefix("http://")
        adds(shop, target="http", url=f"{url}/print", prints=every("receipt", "paid"))
        is_paid(shop, mei, clock)
        clock.passes(minutes=1)
    assert len(taken) == 2 and taken[0] == taken[1] and "龙井茶" in taken[0][1]
    assert shop.lists("printers/prints")[0]["status"] == "printed"


def test_each_warehouse_prints_what_it_packs_and_each_store_its_own_orders(
    shop: Shop, mei: BuyerActor, paper: Printer, clock: Clock
) -> None:
    shop.opens_warehouse("south")
    shop.stocks("pot", south=5)
    north, south = (row["id"] for row in sorted(shop.lists("warehouses"), key=lambda row: row["code"]))
    store = shop.asks("POST", "stores", {"code": "corner", "name": "Corner"})
    pick = every("pick_list", "paid")
    adds(shop, paper, code="north", warehouse_id=north, prints=pick)
    adds(shop, paper, code="south", warehouse_id=south, prints=pick)
    adds(shop, paper, code="corner", store_id=store.id, prints=pick)
    is_paid(shop, mei, clock)
    (page,) = paper.pages
    assert b"[ ] tea" in page, "only the north has tea, and the order is of no store"
    shop.sees_money(mei.orders({"tea": 1}, store="corner"))
    clock.settles()
    assert len(paper.pages) == 3
