"""One file with every kind of row: good ones are sent, each bad one is told by its line, and mended it is sent too."""

import pytest

from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import BuyerActor, Shop

HEAD = "订单号;子单号;快递公司;快递单号;SKU;数量;发货时间;备注"


@pytest.mark.both_databases
def test_a_file_with_every_kind_of_bad_row(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    orders = desk.paid_orders(mei, 6, {"tea": 2, "pot": 1})
    good, parts, apart, refunded, sent, other = orders
    n = [one.number for one in orders]
    shop.refunds(refunded)
    shop.sends(sent, tracking_no="SF900")
    line = {"line_id": apart.line("pot").id, "quantity": 1}
    shop.api.post(f"split_shipping/shipments/{apart.shipments[0].id}/split", {"lines": [line], "remark": "by product"})
    unpaid = mei.orders({"tea": 1})
    first, second = (one.number for one in shop.sees(apart).shipments)

    rows = {
        f"{n[0]};;顺丰速运; ＳＦ１００１\u3000;;;2026/3/2 9:00;易碎": None,
        f"{n[1]};;zto;776001;tea;2;;": None,
        f"{n[1]};;中通快递;776002;pot;1;;": None,
        f"{n[1]};;中通快递;776002;pot;1;;again": "row_twice",
        f"{n[1]};;ZTO;776003;tea;1;;": "too_many",
        f"{n[2]};;SF;SF300;;;;": "required",
        f"{n[2]};{second};SF;SF301;;;;": None,
        f"{n[2]};{n[2]}-9;SF;SF302;;;;": "not_found",
        f"{n[2]};{first};SF;1.23457E+12;;;;": "scientific",
        f"{n[2]};{first};SF;123456789012345000;;;;": "digits_lost",
        f"{n[2]};{first};SF;773012345.0;;;;": "decimal",
        f"{n[2]};{first};SF;SF 303;;;;": "bad_characters",
        f"{n[2]};{first};SF;#N/A;;;;": "formula_error",
        f"{n[2]};{first};顺风;SF304;;;;": "unknown_carrier",
        f"{n[2]};{first};SF;SF305;0tea;1;;": "not_found",
        f"{n[2]};{first};SF;SF306;tea;;;": "together",
        f"{n[2]};{first};SF;SF307;tea;1.5;;": "bad_quantity",
        f"{n[2]};{first};SF;SF308;;;2027-01-01;": "bad_moment",
        f"{n[2]};{first};SF;SF309;;;;{'x' * 501}": "too_long",
        f"{n[2]};{first};SF;;;;;": "required",
        f"{n[2]};{first};;;;;;": "not_filled_in",
        f"{n[3]};;SF;SF400;;;;": "not_awaiting",
        f"{unpaid.number};;SF;SF500;;;;": "not_awaiting",
        f"{n[4]};;SF;SF900;;;;": "sent_before",
        "SO19990101123456789;;SF;SF600;;;;": "not_found",
        f"{n[5]},,SF,SF700,,,,": "bad_row",
        f"{n[5]};;SF;SF701;tea;1;;;;more": "bad_row",
        f"{n[5]};;SF;SF702;;;;": None,
        f"{n[5]};;SF;SF702;tea;1;;": "contradiction",
    }
    # what is wrong with one row of a parcel is wrong with the parcel
    rows[f"{n[5]};;SF;SF702;;;;"] = "parcel_wrong"
    batch = desk.uploads(*rows, head=HEAD, encoding="gbk")
    assert (batch["encoding"], batch["separator"]) == ("gbk", ";")
    found = [row.code for row in desk.rows(batch)]
    assert dict(zip(rows, found, strict=True)) == rows
    assert desk.rows(batch)[0].notes == ["tracking_no:spaces", "tracking_no:full_width"]
    assert {row.result for row in desk.rows(batch) if row.code in ("row_twice", "sent_before", "not_filled_in")} == {
        "skipped"
    }

    done = desk.commits(batch)
    assert (done["status"], done["counts"]["done"], done["counts"]["failed"]) == ("done", 4, 0)
    assert [shop.sees(one).state for one in (good, parts, apart, other)] == [
        "shipped", "shipped", "awaiting_shipment", "awaiting_shipment"
    ]  # fmt: skip

    # the table of results, with two lines of it mended, is the next file
    table = desk.api.get(f"bulk_orders/imports/{batch['id']}/rows.csv").body.decode("utf-8-sig").splitlines()
    mended = [row.replace("1.23457E+12", "'1234567890123") for row in table if "scientific" in row]
    mended += [row.replace("SF700", "SF702") for row in table if "parcel_wrong" in row]
    again = desk.uploads(*mended, head=table[0])
    assert desk.results(again) == [("ready", None)] * 2
    desk.commits(again)
    assert [shop.sees(one).state for one in (apart, other)] == ["shipped", "shipped"]
