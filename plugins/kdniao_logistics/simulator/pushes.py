"""What a merchant is told: whole trails of up to ten parcels, signed, and told again until it says Success."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from core import now
from plugins.kdniao_logistics.simulator.envelope import data_sign
from plugins.kdniao_logistics.simulator.telling import tell
from plugins.kdniao_logistics.simulator.world import Push, Subscription, World, china

MOST = 10
#: seconds after each try; how the real Kdniao does it is not written anywhere
PAUSES = (60, 300, 1800)
FORM = "application/x-www-form-urlencoded;charset=utf-8"
#: no parcel is told of any more after these
FINAL = ("301", "302", "304", "311", "406", "415")
#: sends a form to a URL: status (0: no answer) and body
Send = Callable[[str, bytes], tuple[int, bytes]]


def pack(world: World, kind: str, parcels: Sequence[Subscription], until: datetime) -> bytes:
    """The form of one push, as everything was known at *until*."""
    account = parcels[0].account
    data = {
        "EBusinessID": account,
        "PushTime": china(now()),
        "Count": str(len(parcels)),
        "Data": [
            {
                "EBusinessID": account,
                "OrderCode": one.order_code,
                "CallBack" if kind == "101" else "Callback": one.callback,
                **tell(one.parcel, until, detailed=kind != "101"),
            }
            for one in parcels
        ],
    }
    return signed(world, account, kind, json.dumps(data, ensure_ascii=False))


def signed(world: World, account: str, kind: str, text: str) -> bytes:
    """The form that carries *text*."""
    fields = {"RequestData": text, "RequestType": kind, "DataSign": data_sign(text, world.accounts[account])}
    return urlencode(fields).encode()


def gather(world: World) -> None:
    """Put what is new of any parcel into pushes."""
    for kind in ("101", "102"):
        fresh = []
        for one in world.subscriptions.values():
            rows = one.parcel.known(now())
            known = tuple(f"{row.at} {row.code} {row.text}" for row in rows)
            if one.kind == kind and rows and known != one.pushed:
                one.pushed = known
                fresh.append(one)
        for start in range(0, len(fresh), MOST):
            parcels = fresh[start : start + MOST]
            world.pushes.append(Push(kind, parcels, pack(world, kind, parcels, now()), now()))


def take_due(world: World) -> list[Push]:
    """The pushes that are due, now in the hands of who took them; ask :func:`deliver` for each."""
    if not world.switches.push_url or world.switches.hold:
        return []
    gather(world)
    due = [one for one in world.pushes if not one.sending and one.due_at <= now()]
    for one in due:
        one.sending = True
    return due


def deliver(world: World, push: Push, send: Send) -> dict[str, Any]:
    """Push once, and plan the next try if it was not accepted."""
    status, body = send(world.switches.push_url, push.body)
    accepted = status == 200 and _says_success(body)
    with world.lock:
        push.sending = False
        push.tries += 1
        if accepted or push.tries > len(PAUSES):
            world.pushes.remove(push)
        else:
            push.due_at = now() + timedelta(seconds=PAUSES[push.tries - 1])
        told = {
            "kind": push.kind,
            "numbers": [one.parcel.number for one in push.parcels],
            "accepted": accepted,
            "answer": body.decode("utf-8", "replace")[:300],
        }
        world.log.append({"push": told})
    return told


def _says_success(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("Success") is True and "UpdateTime" in told
