"""What happens in the demo: an order from the first question to completed, and two ways it goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from core.commands import demo_cast
from core.commands.demo_cast import Narrator, Person, expect
from core.money import format_money

RECEIVER = {
    "name": "Li Mei",
    "phone": "+86 138 0000 0000",
    "region": "330106",
    "address": "1 Long Road, Hangzhou",
}


@dataclass(frozen=True)
class Cast:
    """Everybody who is signed in."""

    owner: Person
    finance: Person
    warehouse: Person
    service: Person
    mei: Person


def play(base_url: str, var: Path, say: Callable[[str], None]) -> Cast:
    """Play everything over HTTP against the server at *base_url*, a line a step.

    :param var: the folder of the sandbox, whose clock is moved. :param say: where lines go.
    :returns: those who played, to go on with. :raises Unexpected: a step was not as it must be.
    """
    with httpx.Client(base_url=base_url, timeout=30, trust_env=False) as http:
        cast = Cast(
            demo_cast.staff(http, "owner"),
            demo_cast.staff(http, "finance"),
            demo_cast.staff(http, "warehouse"),
            demo_cast.staff(http, "customer_service"),
            demo_cast.buyer(http, "Mei"),
        )
        zone = cast.owner.get("settings")["timezone"]
        narrator = Narrator(cast.owner, zone, var / "clock", say)
        number = bought_paid_sent_received(narrator, cast)
        one_tin_was_dented(narrator, cast, number)
        nobody_pays(narrator, cast)
        return cast


def bought_paid_sent_received(tell: Narrator, cast: Cast) -> str:
    """The main story. :returns: the order's number."""
    tell.chapter("An order, from the first question to completed")
    number = _order(tell, cast, {"LJ-50": 2, "STR-1": 1}, "two tins of Longjing and a strainer")
    _pay(tell, cast, number)
    parcel: dict[str, Any] = {"carrier": "SF", "tracking_no": f"SF{number[-12:]}"}
    cast.warehouse.post(f"orders/{number}/shipments", **parcel)
    words = f"hands the parcel to the courier, number {parcel['tracking_no']}"
    tell.step(number, "shipped", words, who="Wen", move="ship")
    _read_inbox(tell, cast, number)
    tell.time_passes("Seven days and an hour", days=7, hours=1)
    words = "nobody complained: it has arrived, and the order is completed"
    order = tell.step(number, "completed", words, who="the clock", move="confirm")
    expect(order["payment_axis"] == "paid", f"Order {number} is completed, but its payment is {order['payment_axis']}.")
    expect(order["fulfilment_axis"] == "received", f"Order {number} is completed, but {order['fulfilment_axis']}.")
    return number


def one_tin_was_dented(tell: Narrator, cast: Cast, number: str) -> None:
    """Money for one unit goes back; the order stays completed."""
    tell.chapter("What goes wrong, 1: a tin was dented, its money goes back")
    line = next(line for line in cast.owner.get(f"orders/{number}")["lines"] if line["sku"] == "LJ-50")
    wish = [{"line_id": line["id"], "quantity": 1}]
    asked = cast.service.post(f"orders/{number}/refunds", reason="damaged", note="a dented tin", lines=wish)
    refund = asked["refunds"][-1]
    price = format_money(refund["amount"], asked["currency"])
    expect(refund["amount"] == line["net"] // 2, f"One of two tins for {line['net']} gives {refund['amount']} back.")
    tell.step(number, "completed", f"grants {price} back for one tin", who="Chen", move="refund", money="paid")
    tell.until(
        f"refund {refund['number']} waits for its transfer",
        lambda: _refund(cast.owner.get(f"orders/{number}"), refund["number"]),
        lambda seen: [part["state"] for part in seen["parts"]] == ["pending"],
    )
    proof: dict[str, Any] = {"reference": f"out-{refund['number']}", "note": "sent from the bank's page"}
    done = cast.finance.post(f"orders/{number}/refunds/{refund['number']}/done", 200, **proof)
    expect(done["refunded"] == refund["amount"], f"{refund['amount']} went back, the order says {done['refunded']}.")
    expect(done["refund_axis"] == "part", f"A part was refunded, the order says {done['refund_axis']}.")
    words = "has made the transfer back; the rest of the order stands"
    tell.line(words, who="Fatima", number=number, node=done["state"], money=price)


def nobody_pays(tell: Narrator, cast: Cast) -> None:
    """An unpaid order is closed by the clock and its units are free again."""
    tell.chapter("What goes wrong, 2: nobody pays")
    before = _available(cast, "QM-100")
    number = _order(tell, cast, {"QM-100": 3}, "three bags of Keemun")
    held = before - _available(cast, "QM-100")
    expect(held == 3, f"Three bags were ordered and {held} are held.")
    tell.line(f"holds three bags: {before - 3} of {before} are left for others", who="the shop")
    tell.time_passes("Thirty-one minutes", minutes=31)
    tell.step(number, "closed", "the time to pay is over", who="the clock", move="expire")
    left = _available(cast, "QM-100")
    expect(left == before, f"{before} bags could be sold before the order, {left} after it was closed.")
    tell.line(f"has all {left} bags for others again", who="the shop")


def _order(tell: Narrator, cast: Cast, wishes: dict[str, int], words: str) -> str:
    variants = _variants(cast.mei)
    body: dict[str, Any] = {
        "lines": [{"variant_id": variants[sku], "quantity": units} for sku, units in wishes.items()],
        "delivery": {"method": "courier", "receiver": RECEIVER},
    }
    quote = cast.mei.post("quotes", 200, **body)
    total = quote["goods_amount"] + quote["freight_amount"]
    expect(quote["payable"] == total, f"Goods and freight come to {total}, the quote says {quote['payable']}.")
    tell.line(f"asks what {words} cost", who="Mei", money=format_money(quote["payable"], quote["currency"]))
    order = cast.mei.post("orders", **body, expected_total=quote["payable"])
    tell.step(order["number"], "pending_payment", "orders them, freight included", who="Mei", move="place")
    return str(order["number"])


def _pay(tell: Narrator, cast: Cast, number: str) -> None:
    payment = cast.mei.post(f"orders/{number}/payments", tenders=[{"channel": "bank_transfer"}])
    expect(payment["state"] == "open", f"The transfer was started, but the payment is {payment['state']}.")
    words = f"is told to write {payment['client']['reference']} on the transfer"
    tell.step(number, "pending_payment", words, who="Mei", move="pay")
    seen = {"amount": payment["amount"], "reference": f"in-{number}", "note": "seen on the bank's statement"}
    paid = cast.finance.post(f"orders/{number}/confirm-offline", 200, **seen)
    expect(paid["paid"] == paid["payable"], f"{paid['payable']} was due, {paid['paid']} is booked.")
    words = "sees the money on the bank's statement: paid, and released to the warehouse"
    tell.step(number, "awaiting_shipment", words, who="Fatima", move="release")


def _read_inbox(tell: Narrator, cast: Cast, number: str) -> None:
    def inbox() -> list[str]:
        lines = cast.owner.get("messages", limit=100)["data"]
        return [line["texts"]["en"] for line in lines if number in line["texts"]["en"]]

    wanted = [f"Order {number} {what}." for what in ("was placed", "is paid", "was sent")]
    tell.until("the inbox tells of the order", inbox, lambda lines: set(wanted) <= set(lines))
    tell.line("reads in the inbox that it was placed, paid and sent", who="Olga", number=number)


def _variants(person: Person) -> dict[str, str]:
    """sku -> id of the variant, as the shop shows them."""
    codes = [card["code"] for card in person.get("products", limit=100)["data"]]
    found = [variant for code in codes for variant in person.get(f"products/{code}")["variants"]]
    return {variant["sku"]: variant["id"] for variant in found}


def _available(cast: Cast, sku: str) -> int:
    return sum(shelf["available"] for shelf in cast.warehouse.get("stock", sku=sku)["data"])


def _refund(order: Any, number: str) -> Any:
    return next(refund for refund in order["refunds"] if refund["number"] == number)
