"""The control API under /_sim/: the buyer, the bank and the bad days, for tests and demos; opened by a token."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from plugins.wechatpay.simulator import bill_files, console, keys, payments, refunds, sharing
from plugins.wechatpay.simulator.call import Call
from plugins.wechatpay.simulator.forgeries import FORGERIES, forge
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.notices import SUMMARIES, Send, deliver, take_due
from plugins.wechatpay.simulator.orders import find
from plugins.wechatpay.simulator.views import show_merchant, show_notice, show_order, show_refund
from plugins.wechatpay.simulator.world import Order, Refund, Switches, World

HEADER = "Sim-Token"
Told = dict[str, Any]
MOST_COPIES = 100


class Mistaken(Exception):
    """The one who controls asked for something that is not there; the text says what would be accepted."""


class Control:
    """Everything under /_sim/."""

    def __init__(self, world: World, folder: Path, url: str, send: Send) -> None:
        self._world, self._folder, self._url, self._send = world, folder, url, send
        self._token = keys.kept_token(folder)
        self._doors: Mapping[tuple[str, str], Callable[[Told], Told]] = {
            ("GET", "config"): self._config,
            ("GET", "orders"): self._orders,
            ("GET", "refunds"): self._refunds,
            ("GET", "splits"): self._splits,
            ("GET", "notices"): self._notices,
            ("GET", "deliveries"): self._deliveries,
            ("POST", "pay"): self._pay,
            ("POST", "fail"): self._fail,
            ("POST", "refunds"): self._decide,
            ("POST", "rotate"): self._rotate,
            ("POST", "flush"): self._flush,
            ("POST", "hold"): self._hold,
            ("POST", "release"): self._release,
            ("POST", "forge"): self._forge,
            ("POST", "faults"): self._fault,
            ("POST", "switches"): self._switch,
            ("POST", "bills"): self._bill,
        }

    def answer(self, call: Call) -> tuple[int, Told]:
        """The HTTP status and the JSON of the answer."""
        if not hmac.compare_digest(call.headers.get(HEADER.lower(), "").encode(), self._token.encode()):
            return 401, {"error": f"the header {HEADER} must be the word in the sandbox's file {keys.TOKEN!r}"}
        name = call.path.removeprefix("/_sim/").strip("/")
        door = self._doors.get((call.method, name))
        if door is None:
            known = ", ".join(f"{method} {path}" for method, path in self._doors)
            return 404, {"error": f"there is no {call.method} {name}; there are {known}"}
        try:
            given = call.query() if call.method == "GET" else json.loads(call.body or b"{}")
            if not isinstance(given, dict):
                raise Mistaken("the body must be a JSON object")
            return 200, door(given)
        except KeyError as missing:
            return 400, {"error": f"{missing.args[0]!r} is needed"}
        except (Mistaken, ValueError, TypeError) as wrong:
            return 400, {"error": str(wrong)}
        except payments.CannotPay as why:
            return 409, {"error": str(why)}

    def _config(self, given: Told) -> Told:
        merchants = self._world.merchants.values()
        return {
            "merchants": {one.name: show_merchant(one, self._url) for one in merchants},
            "switches": asdict(self._world.switches),
            "faults": self._world.faults.left(),
        }

    def _orders(self, given: Told) -> Told:
        with self._world.lock:
            found = [find(self._world, one.merchant, one.number) for one in self._world.orders.values()]
            wanted = given.get("out_trade_no")
            return {"orders": [show_order(one) for one in found if one and wanted in (None, one.number)]}

    def _refunds(self, given: Told) -> Told:
        with self._world.lock:
            refunds.settle(self._world)
            wanted = given.get("out_refund_no")
            return {
                "refunds": [show_refund(one) for one in self._world.refunds.values() if wanted in (None, one.number)]
            }

    def _splits(self, given: Told) -> Told:
        with self._world.lock:
            sharing.settle(self._world)
            wanted = given.get("out_trade_no")
            found = [one for one in self._world.splits.values() if wanted in (None, one.order.number)]
            return {"splits": [sharing.show(one) for one in found]}

    def _notices(self, given: Told) -> Told:
        with self._world.lock:
            return {"notices": [show_notice(one) for one in self._world.notices.values()]}

    def _deliveries(self, given: Told) -> Told:
        with self._world.lock:
            wanted = given.get("number")
            return {"deliveries": [asdict(one) for one in self._world.deliveries if wanted in (None, one.number)]}

    def _pay(self, given: Told) -> Told:
        with self._world.lock:
            order, token = self._order(given)
            payments.pay(
                self._world,
                order,
                token=token,
                openid=str(given.get("openid", "")),
                coupon=int(given.get("coupon", 0)),
                after_close=bool(given.get("after_close", False)),
            )
            return show_order(order)

    def _fail(self, given: Told) -> Told:
        with self._world.lock:
            return show_order(payments.fail(self._order(given)[0]))

    def _decide(self, given: Told) -> Told:
        number, status = str(given["out_refund_no"]), str(given["status"])
        if status not in SUMMARIES:
            raise Mistaken(f"status {status!r} is none of {', '.join(SUMMARIES)}")
        with self._world.lock:
            found = [one for one in self._world.refunds.values() if one.number == number]
            if not found:
                self._world.decided[number] = status
                return {"decided": status}
            refunds.finish(self._world, found[0], status)
            return show_refund(found[0])

    def _rotate(self, given: Told) -> Told:
        with self._world.lock:
            merchant = self._merchant(given)
            if not merchant.certificates:
                raise Mistaken(f"{merchant.name} has no platform certificates")
            kept = keys.kept_keys(self._folder)
            serial = console.rotate(merchant, kept[merchant.name])
            keys.keep_keys(self._folder, kept)
            return {"serial_no": serial}

    def _flush(self, given: Told) -> Told:
        with self._world.lock:
            refunds.settle(self._world)
        sent = []
        while due := take_due(self._world):
            sent += [asdict(deliver(self._world, notice, self._send)) for notice in due]
        return {"deliveries": sent}

    def _hold(self, given: Told) -> Told:
        self._world.switches.hold_notices = True
        return {"held": True}

    def _release(self, given: Told) -> Told:
        with self._world.lock:
            self._world.switches.hold_notices = False
            held = [one for one in self._world.notices.values() if one.held]
            if given.get("order") == "reversed":
                for one in reversed(held):
                    self._world.notices[one.id] = self._world.notices.pop(one.id)
            for one in held:
                one.held = False
            self._world.news.set()
        return {"released": len(held)}

    def _forge(self, given: Told) -> Told:
        kind, times = str(given["kind"]), int(given.get("times", 1))
        if kind not in FORGERIES or not 1 <= times <= MOST_COPIES:
            raise Mistaken(f"accepted: kind {', '.join(FORGERIES)}; times 1 to {MOST_COPIES}")
        with self._world.lock:
            about = self._refund(given) if "out_refund_no" in given else self._order(given)[0]
        sent = forge(self._world, about, kind, times, str(given.get("url", "")), self._send)
        return {"deliveries": [asdict(one) for one in sent]}

    def _fault(self, given: Told) -> Told:
        with self._world.lock:
            if given.get("clear"):
                self._world.faults.clear()
            else:
                seconds = float(given.get("seconds", 0))
                self._world.faults.plan(str(given["verb"]), str(given["kind"]), int(given.get("count", 1)), seconds)
            return {"faults": self._world.faults.left()}

    def _bill(self, given: Told) -> Told:
        with self._world.lock:
            return {"changes": bill_files.change(self._world, given)}

    def _switch(self, given: Told) -> Told:
        known = {one.name: type(one.default) for one in fields(Switches)}
        for name, value in given.items():
            if name not in known:
                raise Mistaken(f"there is no switch {name!r}; there are {', '.join(known)}")
            value = tuple(value) if isinstance(value, list) else value
            if type(value) is not known[name]:
                raise Mistaken(f"the switch {name} takes a {known[name].__name__}")
        with self._world.lock:
            for name, value in given.items():
                setattr(self._world.switches, name, tuple(value) if isinstance(value, list) else value)
            return asdict(self._world.switches)

    def _merchant(self, given: Told) -> Merchant:
        name = str(given["merchant"])
        found = self._world.by_name.get(name) or self._world.merchants.get(name)
        if found is None:
            raise Mistaken(f"there is no merchant {name!r}; there are {', '.join(self._world.by_name)}")
        return found

    def _order(self, given: Told) -> tuple[Order, str]:
        """The order that is meant, and the token that was used to say so."""
        for name, mark in (("code_url", "pr="), ("h5_url", "prepay_id="), ("prepay_id", "")):
            if name in given:
                token = str(given[name]).partition(mark)[2].partition("&")[0] if mark else str(given[name])
                order = self._world.by_token.get(token)
                if order is None:
                    raise payments.CannotPay(f"nobody knows this {name}, or a fresh one was given since")
                return order, token
        number = str(given["out_trade_no"])
        mine = self._merchant(given) if "merchant" in given else None
        found = [one for one in self._world.orders.values() if one.number == number and mine in (None, one.merchant)]
        if len(found) != 1:
            raise Mistaken(
                f"there are {len(found)} orders {number!r}; say whose with 'merchant'"
                if found
                else f"there is no order {number!r}"
            )
        return found[0], ""

    def _refund(self, given: Told) -> Refund:
        number = str(given["out_refund_no"])
        found = [one for one in self._world.refunds.values() if one.number == number]
        if not found:
            raise Mistaken(f"there is no refund {number!r}")
        return found[0]
