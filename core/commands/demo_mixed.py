"""The demo's mixed payment: points, balance and WeChat pay one order, and one tin gives each its share back."""

from typing import Any

from core.commands import demo_buying
from core.commands.demo_buying import BY_WECHAT, Scene
from core.commands.demo_cast import Person, buyer, expect
from core.money import format_money

PLUGIN = "balance_points"
#: six digits, as on a telephone
PAY_PASSWORD = "135790"
POINTS, BALANCE = 500, 4000
Told = dict[str, Any]


def play(scene: Scene) -> None:
    """All of it. :raises Unexpected: a step was not as it must be."""
    scene.tell.chapter("Points, balance and WeChat pay one order; a dented tin gives each its own share back")
    # somebody who buys nothing else: what Mei's orders earn her by and by would change the sums
    lan = buyer(scene.cast.mei.http, "Lan")
    _fill_her_accounts(scene, lan)
    number = _order_with_points(scene, lan)
    payment = _pay_with_both(scene, lan, number)
    demo_buying.pay(scene, number, payment)
    _shows_accounts(scene, lan, "her accounts now")
    _one_tin_back(scene, lan, number)


def _fill_her_accounts(scene: Scene, lan: Person) -> None:
    owner = scene.cast.owner
    owner.post(f"plugins/{PLUGIN}/enable", 200)
    customer = lan.get("me")["id"]
    before = _accounts(lan)
    for kind, wanted in {"balance": BALANCE, "points": POINTS}.items():
        if change := wanted - before[kind]:
            path = f"{PLUGIN}/customers/{customer}/adjustments"
            owner.post(path, kind=kind, change=change, remark="a present for a regular")
    known = {"current_password": PAY_PASSWORD} if lan.get(f"{PLUGIN}/password")["set"] else {}
    lan.post(f"{PLUGIN}/password", 200, password=PAY_PASSWORD, **known)
    words = f"puts {format_money(BALANCE, 'CNY')} and {POINTS} points on Lan's accounts; she sets a pay password"
    scene.tell.line(words, who="Olga")


def _order_with_points(scene: Scene, lan: Person) -> str:
    tell = scene.tell
    wanted = demo_buying.wish(lan, {"LJ-50": 2}) | {"options": {PLUGIN: {"points": POINTS}}}
    quote = lan.post("quotes", 200, **wanted)
    order = lan.post("orders", **wanted, expected_total=quote["payable"])
    off = format_money(-sum(row["amount"] for row in quote["adjustments"]), quote["currency"])
    words = f"orders two tins; {POINTS} points take {off} off, and are held"
    tell.step(order["number"], "pending_payment", words, who="Lan", move="place")
    return str(order["number"])


def _pay_with_both(scene: Scene, lan: Person, number: str) -> Told:
    by_balance = {"channel": "balance", "input": {"password": PAY_PASSWORD}}
    payment: Told = lan.post(f"orders/{number}/payments", tenders=[by_balance, BY_WECHAT])
    order = scene.order(number)
    expect(payment["amount"] == order["payable"] - BALANCE, f"{payment['amount']} is asked of WeChat Pay.")
    rest = format_money(payment["amount"], payment["currency"])
    words = f"holds {format_money(BALANCE, 'CNY')} of her balance; WeChat is asked for the other {rest}"
    scene.tell.line(words, who="the shop", number=number, node=order["state"])
    scene.tell.code(payment["client"]["code_url"], draw=False)
    return payment


def _one_tin_back(scene: Scene, lan: Person, number: str) -> None:
    line = next(line for line in scene.order(number)["lines"] if line["sku"] == "LJ-50")
    wish = [{"line_id": line["id"], "quantity": 1}]
    scene.cast.service.post(f"orders/{number}/refunds", reason="damaged", note="a dented tin", lines=wish)
    words = "gives one of two tins back, to each way its own share"
    scene.tell.step(number, "awaiting_shipment", words, who="Chen", move="refund", money="paid")
    refund = demo_buying.give_back(scene, number)
    expect(refund["amount"] == line["net"] // 2, f"One of two tins for {line['net']} gives {refund['amount']} back.")
    by = {row["id"]: row["channel"] for row in scene.order(number)["payments"]}
    for part in refund["parts"]:
        money = format_money(part["amount"], "CNY")
        scene.tell.line(f"is given back {money} of it", who=by[part["payment_id"]].replace("wechatpay", "WeChat Pay"))
    _shows_accounts(scene, lan, "her accounts then")


def _shows_accounts(scene: Scene, lan: Person, words: str) -> None:
    there = _accounts(lan)
    told = f"{format_money(there['balance'], 'CNY')} of balance, {there['points']} points"
    scene.tell.line(f"sees {words}: {told}", who="Lan")


def _accounts(lan: Person) -> dict[str, int]:
    """What is free to spend: minor units of balance, and points."""
    return {row["kind"]: row["available"] for row in lan.get(f"{PLUGIN}/accounts")["data"]}
