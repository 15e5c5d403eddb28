"""What happens in the demo on a good day: an order paid by WeChat and completed, money given back, nobody pays."""

from typing import Any

from core.commands import demo_buying, demo_mixed, demo_presale, demo_split
from core.commands.demo_buying import Scene
from core.commands.demo_cast import expect
from core.money import format_money


def play(scene: Scene) -> None:
    """All of it. :raises Unexpected: a step was not as it must be."""
    number = bought_paid_sent_received(scene)
    one_tin_was_dented(scene, number)
    demo_mixed.play(scene)
    demo_split.play(scene)
    demo_presale.play(scene)
    she_changes_her_mind(scene)
    nobody_pays(scene)


def bought_paid_sent_received(scene: Scene) -> str:
    """The main story. :returns: the order's number."""
    tell, cast = scene.tell, scene.cast
    tell.chapter("An order, from the first question to completed, paid by WeChat")
    number = demo_buying.place(scene, {"LJ-50": 2, "STR-1": 1}, "two tins of Longjing and a strainer")
    demo_buying.pay(scene, number, demo_buying.open_wechat(scene, number))
    parcel: dict[str, Any] = {"carrier": "SF", "tracking_no": f"SF{number[-10:]}55"}
    cast.warehouse.post(f"orders/{number}/shipments", **parcel)
    words = f"hands the parcel to the courier, number {parcel['tracking_no']}"
    tell.step(number, "shipped", words, who="Wen", move="ship")
    _read_inbox(scene, number)
    tell.time_passes("Seven days and an hour", days=7, hours=1)
    words = "nobody complained: it has arrived, and the order is completed"
    order = tell.step(number, "completed", words, who="the clock", move="confirm")
    expect(order["payment_axis"] == "paid", f"Order {number} is completed, but its payment is {order['payment_axis']}.")
    expect(order["fulfilment_axis"] == "received", f"Order {number} is completed, but {order['fulfilment_axis']}.")
    return number


def one_tin_was_dented(scene: Scene, number: str) -> None:
    """Money for one unit goes back; the order stays completed."""
    scene.tell.chapter("A tin was dented: its money goes back by WeChat, the rest of the order stands")
    line = next(line for line in scene.order(number)["lines"] if line["sku"] == "LJ-50")
    wish = [{"line_id": line["id"], "quantity": 1}]
    asked = scene.cast.service.post(f"orders/{number}/refunds", reason="damaged", note="a dented tin", lines=wish)
    refund = asked["refunds"][-1]
    price = format_money(refund["amount"], asked["currency"])
    expect(refund["amount"] == line["net"] // 2, f"One of two tins for {line['net']} gives {refund['amount']} back.")
    scene.tell.step(number, "completed", f"grants {price} for one tin", who="Chen", move="refund", money="paid")
    demo_buying.give_back(scene, number)
    done = scene.order(number)
    expect(done["state"] == "completed", f"A part was refunded, and the order is {done['state']}.")
    expect(done["refunded"] == refund["amount"], f"{refund['amount']} went back, the order says {done['refunded']}.")
    expect(done["refund_axis"] == "part", f"A part was refunded, the order says {done['refund_axis']}.")


def she_changes_her_mind(scene: Scene) -> None:
    """A paid order is cancelled: everything goes back, the money to her and the tea to the shelf."""
    scene.tell.chapter("Mei changes her mind: everything goes back, freight too")
    before = demo_buying.available(scene, "BM-50")
    number = demo_buying.place(scene, {"BM-50": 1}, "50 g of white peony")
    paid = demo_buying.pay(scene, number, demo_buying.open_wechat(scene, number, draw=False))
    scene.cast.mei.post(f"orders/{number}/cancel", 200, reason="changed_mind")
    scene.tell.step(number, "refunding", "cancels it before it is sent", who="Mei", move="cancel", money="paid")
    demo_buying.give_back(scene, number)
    words = "nothing is left to give back: the order is refunded"
    done = scene.tell.step(number, "refunded", words, who="WeChat Pay", move="refund_done", money="refunded")
    expect(done["refunded"] == paid["paid"], f"{paid['paid']} was paid, {done['refunded']} went back.")
    left = demo_buying.available(scene, "BM-50")
    expect(left == before, f"{before} could be sold before the order, {left} after it was refunded.")


def nobody_pays(scene: Scene) -> None:
    """An unpaid order is closed by the clock, at WeChat Pay first, and its units are free again."""
    tell = scene.tell
    tell.chapter("Nobody pays: the order is closed, at WeChat Pay first, so that nobody can pay it any more")
    before = demo_buying.available(scene, "QM-100")
    number = demo_buying.place(scene, {"QM-100": 3}, "three bags of Keemun")
    held = before - demo_buying.available(scene, "QM-100")
    expect(held == 3, f"Three bags were ordered and {held} are held.")
    payment = demo_buying.open_wechat(scene, number, draw=False)
    tell.line(f"holds three bags: {before - 3} of {before} are left for others", who="the shop")
    tell.time_passes("Thirty-one minutes", minutes=31)
    tell.step(number, "closed", "the time to pay is over", who="the clock", move="expire")
    there = scene.wechat.order(payment["out_trade_no"])["trade_state"]
    expect(there == "CLOSED", f"The order is closed, and WeChat Pay has it as {there}.")
    left = demo_buying.available(scene, "QM-100")
    expect(left == before, f"{before} bags could be sold before the order, {left} after it was closed.")
    tell.line(f"has all {left} bags for others again", who="the shop")


def _read_inbox(scene: Scene, number: str) -> None:
    def inbox() -> list[str]:
        lines = scene.cast.owner.get("messages", limit=100)["data"]
        return [line["texts"]["en"] for line in lines if number in line["texts"]["en"]]

    wanted = [f"Order {number} {what}." for what in ("was placed", "is paid", "was sent")]
    scene.tell.until("the inbox tells of the order", inbox, lambda lines: set(wanted) <= set(lines))
    scene.tell.line("reads in the inbox that it was placed, paid and sent", who="Olga", number=number)
