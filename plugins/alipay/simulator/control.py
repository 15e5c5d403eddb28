"""The control API under /_sim/: the buyer, the bank and the bad days, for tests and demos; opened by a token."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from plugins.alipay.simulator import bill_files, checks, keys, payments, refunds, trades
from plugins.alipay.simulator.call import Call
from plugins.alipay.simulator.forgeries import FORGERIES, forge
from plugins.alipay.simulator.methods import find_method
from plugins.alipay.simulator.notices import Send, deliver, take_due
from plugins.alipay.simulator.refusal import Refusal
from plugins.alipay.simulator.views import show_merchant, show_notice, show_refund, show_trade
from plugins.alipay.simulator.world import Refund, Switches, Trade, World

HEADER = "Sim-Token"
Told = dict[str, Any]
MOST_COPIES = 100
CODE = "https://qr.alipay.com/bax"


class Mistaken(Exception):
    """The one who controls asked for something that is not there; the text says what would be accepted."""


class Control:
    """Everything under /_sim/."""

    def __init__(self, world: World, folder: Path, send: Send) -> None:
        self._world, self._send = world, send
        self._token = keys.kept_token(folder)
        self._doors: Mapping[tuple[str, str], Callable[[Told], Told]] = {
            ("GET", "config"): self._config,
            ("GET", "trades"): self._trades,
            ("GET", "refunds"): self._refunds,
            ("GET", "notices"): self._notices,
            ("GET", "deliveries"): self._deliveries,
            ("POST", "open"): self._open,
            ("POST", "pay"): self._pay,
            ("POST", "refunds"): self._finish,
            ("POST", "console-refund"): self._console_refund,
            ("POST", "flush"): self._flush,
            ("POST", "hold"): self._hold,
            ("POST", "release"): self._release,
            ("POST", "forge"): self._forge,
            ("POST", "faults"): self._fault,
            ("POST", "bills"): self._bills,
            ("POST", "switches"): self._switch,
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
            with self._world.lock:
                trades.settle(self._world)
                refunds.settle(self._world)
            return 200, door(given)
        except KeyError as missing:
            return 400, {"error": f"{missing.args[0]!r} is needed"}
        except (Mistaken, ValueError, TypeError, Refusal) as wrong:
            return 400, {"error": str(wrong)}
        except payments.CannotPay as why:
            return 409, {"error": str(why)}

    # ------------------------------------------------------------------------------------------ looking
    def _config(self, given: Told) -> Told:
        merchants = self._world.merchants.values()
        return {
            "merchants": {one.name: show_merchant(one, self._world.url) for one in merchants},
            "switches": asdict(self._world.switches),
            "faults": self._world.faults.left(),
        }

    def _trades(self, given: Told) -> Told:
        with self._world.lock:
            wanted = given.get("out_trade_no")
            return {"trades": [show_trade(one) for one in self._world.trades.values() if wanted in (None, one.number)]}

    def _refunds(self, given: Told) -> Told:
        with self._world.lock:
            return {"refunds": [show_refund(one) for trade in self._world.trades.values() for one in trade.refunds]}

    def _notices(self, given: Told) -> Told:
        with self._world.lock:
            return {"notices": [show_notice(one) for one in self._world.notices.values()]}

    def _deliveries(self, given: Told) -> Told:
        with self._world.lock:
            wanted = given.get("number")
            return {"deliveries": [asdict(one) for one in self._world.deliveries if wanted in (None, one.number)]}

    # ------------------------------------------------------------------------------------------ the buyer
    def _open(self, given: Told) -> Told:
        with self._world.lock:
            trade = self._order_string(str(given["order_string"])) if "order_string" in given else self._trade(given)
            return show_trade(payments.open_trade(self._world, trade))

    def _pay(self, given: Told) -> Told:
        with self._world.lock:
            trade = self._order_string(str(given["order_string"])) if "order_string" in given else self._trade(given)
            coupon, late = int(given.get("coupon", 0)), bool(given.get("after_close", False))
            return show_trade(payments.pay(self._world, trade, coupon=coupon, after_close=late))

    def _order_string(self, text: str) -> Trade:
        """What an app hands to Alipay on the phone."""
        params = dict(parse_qsl(text, keep_blank_values=True))
        merchant = checks.authenticate(self._world, params)
        method = find_method(params["method"])
        return trades.place(self._world, checks.understand(merchant, method.verb, params))

    # ------------------------------------------------------------------------------------------ money back
    def _finish(self, given: Told) -> Told:
        with self._world.lock:
            found = self._refund(given)
            refunds.finish(self._world, found)
            return show_refund(found)

    def _console_refund(self, given: Told) -> Told:
        """Somebody gives money back in the merchant's console: the shop has not asked for it."""
        with self._world.lock:
            trade, amount = self._trade(given), int(given["amount"])
            if trade.status != "TRADE_SUCCESS" or not 1 <= amount <= trade.amount - trade.asked_back:
                raise Mistaken(f"the trade is {trade.status}, {trade.amount - trade.asked_back} fen are left of it")
            number = f"CONSOLE{len(trade.refunds) + 1}{trade.number}"
            return show_refund(refunds.give_back(self._world, trade, number, amount, "console"))

    # ------------------------------------------------------------------------------------------ notices
    def _flush(self, given: Told) -> Told:
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
            about = self._refund(given) if "out_request_no" in given else self._trade(given)
        sent = forge(self._world, about, kind, times, str(given.get("url", "")), self._send)
        return {"deliveries": [asdict(one) for one in sent]}

    # ------------------------------------------------------------------------------------------ bad days
    def _fault(self, given: Told) -> Told:
        with self._world.lock:
            if given.get("clear"):
                self._world.faults.clear()
            else:
                seconds = float(given.get("seconds", 0))
                self._world.faults.plan(str(given["verb"]), str(given["kind"]), int(given.get("count", 1)), seconds)
            return {"faults": self._world.faults.left()}

    def _bills(self, given: Told) -> Told:
        """What shall be wrong with the bill of a seller and a day; ``clear`` puts it right again."""
        key = str(given["seller_id"]), str(given["day"])
        with self._world.lock:
            if given.get("clear"):
                self._world.bill_faults.pop(key, None)
                return {"changes": []}
            change = str(given["change"])
            if change not in bill_files.CHANGES:
                raise Mistaken(f"there is no change {change!r}; there are {', '.join(bill_files.CHANGES)}")
            if change == "add":
                bill_files.Row(**given["row"])
            elif change == "alter":
                int(given["amount"])
            self._world.bill_faults.setdefault(key, []).append({"out_trade_no": "", **given})
            return {"changes": self._world.bill_faults[key]}

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

    # ------------------------------------------------------------------------------------------ who is meant
    def _trade(self, given: Told) -> Trade:
        if "qr_code" in given or "cashier" in given:
            token = str(given.get("qr_code", "")).removeprefix(CODE) or str(given["cashier"]).rpartition("/")[2]
            trade = self._world.by_token.get(token)
            if trade is None:
                raise payments.CannotPay("nobody knows this code")
            return trade
        number = str(given["out_trade_no"])
        found = [one for one in self._world.trades.values() if one.number == number]
        found = [one for one in found if given.get("merchant") in (None, one.merchant.name)]
        if len(found) != 1:
            raise Mistaken(f"there are {len(found)} trades {number!r}; say whose with 'merchant'")
        return found[0]

    def _refund(self, given: Told) -> Refund:
        number = str(given["out_request_no"])
        found = [one for trade in self._world.trades.values() for one in trade.refunds if one.number == number]
        if not found:
            raise Mistaken(f"there is no refund {number!r}")
        return found[0]
