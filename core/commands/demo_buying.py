"""What happens in every story of the demo: Mei orders, pays by WeChat, gets money back; each step must be right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.commands.demo_cast import Cast, Narrator, Person, expect
from core.commands.demo_kdniao import Kdniao
from core.commands.demo_wechat import WechatPay
from core.money import format_money

RECEIVER = {
    "name": "Li Mei",
    "phone": "+86 138 0000 0000",
    "region": "330106",
    "address": "1 Long Road, Hangzhou",
}
BY_WECHAT = {"channel": "wechatpay", "product": "native"}
Shown = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """Where a story plays: who tells it, who is signed in, WeChat Pay and Kdniao."""

    tell: Narrator
    cast: Cast
    wechat: WechatPay
    kdniao: Kdniao

    def order(self, number: str) -> Shown:
        """The order as the owner sees it now."""
        found: Shown = self.cast.owner.get(f"orders/{number}")
        return found

    def cases(self, number: str) -> list[Shown]:
        """The cases about it, newest first."""
        found: list[Shown] = self.cast.owner.get("cases", order_id=self.order(number)["id"])["data"]
        return found


def place(scene: Scene, wishes: Mapping[str, int], words: str) -> str:
    """Mei asks what it costs and orders it.

    :param wishes: sku -> units. :param words: what it is, in words. :returns: the order's number.
    """
    mei, tell = scene.cast.mei, scene.tell
    quote = mei.post("quotes", 200, **wish(mei, wishes))
    total = quote["goods_amount"] + quote["freight_amount"]
    expect(quote["payable"] == total, f"Goods and freight come to {total}, the quote says {quote['payable']}.")
    tell.line(f"asks what {words} cost", who="Mei", money=format_money(quote["payable"], quote["currency"]))
    order = mei.post("orders", **wish(mei, wishes), expected_total=quote["payable"])
    tell.step(order["number"], "pending_payment", "orders, freight included", who="Mei", move="place")
    return str(order["number"])


def open_wechat(scene: Scene, number: str, *, draw: bool = True) -> Shown:
    """Mei wants to pay by WeChat: the shop shows her a QR code.

    :param draw: whether the reader is shown it too, where it can be drawn; its text is told always.
    :returns: the payment, as she sees it.
    """
    payment: Shown = scene.cast.mei.post(f"orders/{number}/payments", tenders=[BY_WECHAT])
    expect(payment["state"] == "open", f"The payment by WeChat was started, but it is {payment['state']}.")
    words = "wants to pay by WeChat: the shop shows her a QR code"
    scene.tell.step(number, "pending_payment", words, who="Mei", move="pay")
    scene.tell.code(payment["client"]["code_url"], draw=draw)
    known = scene.wechat.order(payment["out_trade_no"])
    expect(known["total"] == payment["amount"], f"{payment['amount']} is due, WeChat Pay asks for {known['total']}.")
    return payment


def pay(scene: Scene, number: str, payment: Shown) -> Shown:
    """The phone scans and pays, WeChat Pay tells the shop. :returns: the order then."""
    scene.wechat.pays(payment["client"]["code_url"])
    amount = format_money(payment["amount"], payment["currency"])
    scene.tell.line("scans the code and pays; WeChat Pay sends the shop a signed notice", who="her phone", money=amount)
    words = "its signature holds: the money is booked, the warehouse may start"
    order = scene.tell.step(number, "awaiting_shipment", words, who="WeChat Pay", move="release")
    expect(order["paid"] == order["payable"], f"{order['payable']} was due, {order['paid']} is booked.")
    scene.tell.until(
        f"the shop has said yes to the notice about order {number}",
        lambda: scene.wechat.accepted(payment["out_trade_no"]),
        bool,
    )
    return order


def give_back(scene: Scene, number: str) -> Shown:
    """The newest refund of an order goes the way the money came: asked for, on its way, done. :returns: the refund."""

    def newest() -> Shown:
        refunds: list[Shown] = scene.order(number)["refunds"]
        return max(refunds, key=lambda refund: (refund["created_at"], refund["number"]))

    part = scene.tell.until(
        f"WeChat Pay has taken the refund of order {number}",
        lambda: _cash_part(newest()),
        lambda seen: seen["state"] == "pending",
    )
    status = scene.wechat.refund(part["out_refund_no"])["status"]
    expect(status == "PROCESSING", f"WeChat Pay has taken a refund, and says it is {status}.")
    order = scene.order(number)
    told = {"number": number, "node": order["state"], "money": format_money(part["amount"], order["currency"])}
    scene.tell.line(f"is asked to give it back under {part['out_refund_no']}: {status}", who="WeChat Pay", **told)
    scene.wechat.ends_refund(part["out_refund_no"])
    done = scene.tell.until(
        f"the money of order {number} is back", newest, lambda seen: seen["status"] == "done", lambda seen: str(seen)
    )
    told["node"] = scene.order(number)["state"]
    scene.tell.line("has given it back, and says so: SUCCESS, in a signed notice", who="WeChat Pay", **told)
    return done


def _cash_part(refund: Shown) -> Shown:
    """The part that WeChat Pay gives back; tenders give back theirs by themselves."""
    parts: list[Shown] = refund["parts"]
    return next(part for part in parts if part["state"] != "done")


def available(scene: Scene, sku: str) -> int:
    """Units that others can still buy."""
    return sum(shelf["available"] for shelf in scene.cast.warehouse.get("stock", sku=sku)["data"])


def wish(person: Person, wishes: Mapping[str, int]) -> Shown:
    """What is asked of a quote and of an order: *wishes*, by courier, to Mei's door."""
    codes = [card["code"] for card in person.get("products", limit=100)["data"]]
    found = [variant for code in codes for variant in person.get(f"products/{code}")["variants"]]
    known = {variant["sku"]: variant["id"] for variant in found}
    lines = [{"variant_id": known[sku], "quantity": units} for sku, units in wishes.items()]
    return {"lines": lines, "delivery": {"method": "courier", "receiver": RECEIVER}}
