"""The demo's split order: three warehouses send it, Kdniao follows each parcel, each is confirmed by itself."""

from typing import Any

from core.commands import demo_buying
from core.commands.demo_buying import Scene
from core.commands.demo_cast import expect
from core.money import format_money

PLUGIN = "split_shipping"
#: warehouse -> who drives for it, and how its numbers begin; the end 55 is a parcel that arrives
DRIVERS = {"east": ("YTO", "YT"), "south": ("STO", "ST"), "north": ("JD", "JD")}
Told = dict[str, Any]


def play(scene: Scene) -> None:
    """All of it. :raises Unexpected: a step was not as it must be."""
    scene.tell.chapter("Three warehouses send one order; each parcel has its trail, each is confirmed by itself")
    scene.cast.owner.post(f"plugins/{PLUGIN}/enable", 200)
    wanted = {"JM-100": 1, "CUP-1": 1, "POT-R": 1}
    number = demo_buying.place(scene, wanted, "jasmine pearls, a cup and a teapot")
    demo_buying.pay(scene, number, demo_buying.open_wechat(scene, number, draw=False))
    subs = _three_sub_shipments(scene, number)
    for code in ("east", "south"):
        _send(scene, number, subs[code], code, "awaiting_shipment")
    scene.tell.time_passes("Two days", days=2)
    for code in ("east", "south"):
        _arrives(scene, number, code)
    scene.cast.mei.post(f"shipments/{subs['east']['id']}/receive", 200)
    words = "says that the parcel from east is here; another is not even sent"
    scene.tell.step(number, "awaiting_shipment", words, who="Mei", move="receive_shipment")
    _send(scene, number, subs["north"], "north", "shipped")
    scene.tell.time_passes("Five days and an hour", days=5, hours=1)
    _arrives(scene, number, "north")
    _becomes(scene, number, "south", "received")
    words = "seven days are over for the parcel from south: it counts as received"
    scene.tell.step(number, "shipped", words, who="the clock", move="receive_shipment")
    scene.tell.time_passes("Two days", days=2)
    words = "and for that from north: all three are there, so the order is completed"
    order = scene.tell.step(number, "completed", words, who="the clock", move="confirm")
    expect(order["fulfilment_axis"] == "received", f"All was confirmed, the order says {order['fulfilment_axis']}.")


def _three_sub_shipments(scene: Scene, number: str) -> dict[str, Told]:
    """Each with its own part of the money. :returns: warehouse -> sub-shipment."""
    told = scene.cast.owner.get(f"{PLUGIN}/orders/{number}")
    subs: dict[str, Told] = {row["warehouse"]: row for row in told["shipments"]}
    expect(set(subs) == set(DRIVERS), f"East, south and north should send it, and {', '.join(subs)} do.")
    total = sum(row["total"] for row in subs.values())
    expect(total == told["payable"], f"The sub-shipments are worth {total}, the order {told['payable']}.")
    for code, row in subs.items():
        freight = format_money(row["freight"], told["currency"])
        words = f"{code} sends {row['lines'][0]['title']}: sub-shipment {row['number'][-1]}, {freight} of it freight"
        money = format_money(row["total"], told["currency"])
        scene.tell.line(words, who="the shop", number=number, node=told["state"], money=money)
    return subs


def _send(scene: Scene, number: str, sub: Told, code: str, node: str) -> None:
    carrier, start = DRIVERS[code]
    parcel = {"carrier": carrier, "tracking_no": f"{start}{number[-10:]}55", "shipment_id": sub["id"]}
    scene.cast.warehouse.post(f"orders/{number}/shipments", **parcel)
    words = f"hands the parcel from {code} to {carrier}, number {parcel['tracking_no']}"
    scene.tell.step(number, node, words, who="Wen", move="ship")
    track = scene.tell.until(
        f"Kdniao tells of {parcel['tracking_no']}", lambda: _track(scene, number, code), lambda seen: seen["points"]
    )
    _tell(scene, number, f"is asked for {parcel['tracking_no']}, and pushes from now on", track)


def _arrives(scene: Scene, number: str, code: str) -> None:
    """Kdniao pushes the rest of the trail, as the sandbox's clock has moved."""
    track = scene.tell.until(
        f"the parcel from {code} is signed for",
        lambda: _track(scene, number, code),
        lambda seen: seen["status"] == "signed",
    )
    expect(len(track["points"]) == 5, f"The trail of {track['tracking_no']} has {len(track['points'])} points, not 5.")
    _tell(scene, number, f"pushes the trail of {track['tracking_no']} to its end", track)
    pushed = f"the shop has said yes to a push about {track['tracking_no']}"
    scene.tell.until(pushed, lambda: scene.kdniao.accepted(track["tracking_no"]), bool)


def _tell(scene: Scene, number: str, words: str, track: Told) -> None:
    node = scene.order(number)["state"]
    told = f"{words}: {track['status']}, {track['points'][0]['text']}"
    scene.tell.line(told, who="Kdniao", number=number, node=node)


def _becomes(scene: Scene, number: str, code: str, state: str) -> None:
    def seen() -> str:
        rows = scene.cast.owner.get(f"{PLUGIN}/orders/{number}")["shipments"]
        return next(str(row["state"]) for row in rows if row["warehouse"] == code)

    scene.tell.until(f"the sub-shipment of {code} is {state}", seen, lambda told: told == state)


def _track(scene: Scene, number: str, code: str) -> Told:
    """How far the parcel from there is, as Mei sees it."""
    carrier = DRIVERS[code][0]
    tracks: list[Told] = scene.cast.mei.get(f"orders/{number}/tracks")["data"]
    return next(track for track in tracks if track["carrier"] == carrier)
