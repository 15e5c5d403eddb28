"""The demo's presale: a deposit now, the final when its window opens, and the tea is fetched at the store."""

from datetime import timedelta
from typing import Any

from core import clock
from core.commands import demo_buying
from core.commands.demo_buying import Scene
from core.commands.demo_cast import expect, staff
from core.money import format_money

PRESALE, PICKUP, STORE = "presale", "pickup", "lake"
SKU, PRODUCT = "TG-250", "tieguanyin"
#: minor units: the locked price, the deposit, and what it counts for
PRICE, DEPOSIT, WORTH = 15000, 3000, 5000
#: hours until the final window opens, and how long it is open: an earlier demo's is over a day later
OPENS, LASTS = 2, 12
Told = dict[str, Any]


def play(scene: Scene) -> None:
    """All of it. :raises Unexpected: a step was not as it must be."""
    scene.tell.chapter("A presale: a deposit that counts for more, the final when it is due, fetched at the store")
    for plugin in (PRESALE, PICKUP):
        scene.cast.owner.post(f"plugins/{plugin}/enable", 200)
    scene.cast.owner.post(f"{PICKUP}/stores/{STORE}", 200)
    variant = _presell(scene)
    number = _order(scene, variant)
    _pays_deposit(scene, number)
    _is_too_early(scene, number)
    scene.tell.time_passes("Two hours and a minute", hours=OPENS, minutes=1)
    _opens(scene, number)
    _pays_final(scene, number)
    _fetches(scene, number)


def _presell(scene: Scene) -> str:
    """Olga makes the activity. :returns: the variant's id."""
    variants = scene.cast.mei.get(f"products/{PRODUCT}")["variants"]
    variant = str(next(row["id"] for row in variants if row["sku"] == SKU))
    now = clock.now()
    opens = now + timedelta(hours=OPENS)
    windows = {
        "deposit_starts_at": now - timedelta(minutes=1),
        "deposit_ends_at": opens,
        "final_starts_at": opens,
        "final_ends_at": opens + timedelta(hours=LASTS),
    }
    item = {"variant_id": variant, "price": PRICE, "deposit": DEPOSIT, "worth": WORTH, "quota": 20}
    terms: Told = {name: moment.isoformat() for name, moment in windows.items()}
    title = {"zh": "秋茶预售", "en": "Autumn harvest"}
    scene.cast.owner.post(f"{PRESALE}/activities", title=title, type="deposit", ship_days=0, items=[item], **terms)
    words = f"presells {SKU} at {format_money(PRICE, 'CNY')}: {format_money(DEPOSIT, 'CNY')} down count for"
    scene.tell.line(f"{words} {format_money(WORTH, 'CNY')}", who="Olga")
    return variant


def _order(scene: Scene, variant: str) -> str:
    wanted: Told = {
        "entry": PRESALE,
        "lines": [{"variant_id": variant, "quantity": 1}],
        "delivery": {"method": PICKUP},
        "options": {PICKUP: {"store": STORE}},
    }
    quote = scene.cast.mei.post("quotes", 200, **wanted)
    due = PRICE - (WORTH - DEPOSIT)
    expect(quote["payable"] == due, f"{due} are due in all, the quote says {quote['payable']}.")
    order = scene.cast.mei.post("orders", **wanted, expected_total=quote["payable"])
    scene.tell.step(order["number"], "pending_payment", "orders it, to fetch it herself", who="Mei", move="place")
    return str(order["number"])


def _pays_deposit(scene: Scene, number: str) -> None:
    payment = demo_buying.open_wechat(scene, number, draw=False)
    expect(payment["amount"] == DEPOSIT, f"The deposit is {DEPOSIT}, and {payment['amount']} is asked.")
    scene.wechat.pays(payment["client"]["code_url"])
    words = "the deposit is booked, the units are locked; the rest is due later"
    _stands(scene, number, "waiting")
    scene.tell.step(number, "pending_payment", words, who="WeChat Pay", move="pay_part", money="paid")


def _is_too_early(scene: Scene, number: str) -> None:
    refusal = scene.cast.mei.post(f"orders/{number}/payments", 409, tenders=[demo_buying.BY_WECHAT])
    expect(refusal["code"] == "window_not_open", f"Too early for the final, and the refusal is {refusal['code']}.")
    scene.tell.line(f"wants to pay the rest now: {refusal['detail']}", who="Mei", number=number)


def _opens(scene: Scene, number: str) -> None:
    _stands(scene, number, "final_due")
    words = "opens the window of the final; Mei is told"
    scene.tell.step(number, "pending_payment", words, who="the clock", move="presale_final_opens")


def _pays_final(scene: Scene, number: str) -> None:
    payment = demo_buying.open_wechat(scene, number, draw=False)
    final = PRICE - WORTH
    expect(payment["amount"] == final, f"The final is {final}, and {payment['amount']} is asked.")
    order = demo_buying.pay(scene, number, payment)
    expect(order["paid"] == DEPOSIT + final, f"Deposit and final are {DEPOSIT + final}, {order['paid']} is booked.")


def _fetches(scene: Scene, number: str) -> None:
    """She shows her code, Carla looks first and hands over second; a second scan changes nothing."""
    code = scene.cast.mei.get(f"{PICKUP}/orders/{number}")["code"]
    scene.tell.line(f"has a code to show: {code}", who="Mei", number=number)
    carla = staff(scene.cast.mei.http, "clerk")
    before = _takings(scene)
    seen = carla.post(f"{PICKUP}/preview", 200, code=code)
    expect(seen["refused"] is None, f"The code is good, and the preview refuses: {seen['refused']}.")
    words = f"scans it and sees {seen['lines'][0]['title']} for {seen['buyer']['name']}"
    scene.tell.line(words, who="Carla", number=number, node=seen["state"])
    fetch: Told = {"code": code, "version": seen["version"], "device": "counter"}
    carla.post(f"{PICKUP}/redemptions", nonce=f"{number}-first", **fetch)
    words = "hands it over: received and completed at once"
    order = scene.tell.step(number, "completed", words, who="Carla", move="pickup_complete")
    again = carla.post(f"{PICKUP}/redemptions", 409, nonce=f"{number}-again", **fetch)
    expect(again["code"] == "already_redeemed", f"A second scan is refused as {again['code']}.")
    scene.tell.line(f"scans it once more: {again['detail']}", who="Carla", number=number)
    taken = _takings(scene) - before
    expect(taken == order["paid"], f"The store's takings rose by {taken}, the order brought {order['paid']}.")
    scene.tell.line("sees the store's takings rise by it", who="Olga", money=format_money(taken, order["currency"]))


def _stands(scene: Scene, number: str, phase: str) -> None:
    scene.tell.until(
        f"the presale of order {number} stands in {phase}",
        lambda: scene.cast.mei.get(f"{PRESALE}/orders/{number}")["phase"],
        lambda seen: seen == phase,
    )


def _takings(scene: Scene) -> int:
    """What the store at the lake took today, minor units."""
    return int(scene.cast.owner.get(f"{PICKUP}/sums", store=STORE)["total"]["amount"])
