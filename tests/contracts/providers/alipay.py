"""Alipay behind its channel: the plugin's own simulator on a real socket, with letters that the suite posts."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import flask
import httpx
import pytest
from flask.signals import request_finished

from core import clock as core_clock
from core.commands.sandbox_server import SandboxServer
from plugins.alipay.client import CLIENT
from plugins.alipay.simulator import checks, forgeries, payments, refunds, trades
from plugins.alipay.simulator.app import Simulator
from plugins.alipay.simulator.merchants import Merchant
from plugins.alipay.simulator.methods import METHODS
from plugins.alipay.simulator.notices import pack, trade_params
from plugins.alipay.simulator.world import Notice, Refund, Trade, yuan
from tests.contracts.payment_channels import ABILITIES, Letter, Provider, Verb, Wrong
from tests.plugins.alipay.simulators import lend_keys
from tests.simulated import serving
from tests.told import Told
from tests.vocabulary import Shop

#: what the simulator calls our calls
VERBS = {"start": "precreate", "query": "query", "close": "close", "refund": "refund", "query_refund": "refund_query"}
STATES = {"WAIT_BUYER_PAY": "waiting", "TRADE_SUCCESS": "paid", "TRADE_FINISHED": "paid", "TRADE_CLOSED": "closed"}
BACK = "https://shop.example/paid"
GIVEN = {"page": {"return_url": BACK}, "wap": {"return_url": BACK, "quit_url": "https://shop.example/cart"}}
#: how often our client tries one call
TRIES = 3
#: seconds it waits for an answer here, and that a slow one takes
PATIENCE, SLOW = 0.3, 0.5


class Watched:
    """The simulator; what shall happen meanwhile happens when a call has had its effect."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.happens: dict[str, deque[Callable[[str], None]]] = defaultdict(deque)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        chunks = list(self._simulator(environ, start_response))
        method = parse_qs(body.decode()).get("method", [""])[0]
        verb = METHODS[method].verb if method in METHODS else ""
        if self.happens[verb]:
            known = list(self._simulator.world.trades.values())
            numbers = [one.number for one in (known if verb == "precreate" else known[-1].refunds)]
            self.happens[verb].popleft()(numbers[-1] if numbers else "")
        return chunks

    def close(self) -> None:
        self._simulator.close()


class AlipayProvider(Provider):
    """An app of a merchant's own in key mode. Its buyers open at once whatever they are given, and think it over."""

    name = "alipay"
    channel = "alipay"
    can = frozenset(ABILITIES) - {"by_hand", "stale", "dead_numbers", "lost_cards", "bounces"}
    rival = "bank_transfer"
    ways = ("precreate", "page", "wap", "app")
    accepted = (200, b"success")
    refused = 400
    faults_before = ("throttled", "error_before", "unavailable_before", "cut_before")
    faults_after = (
        "error_after", "system_error_after", "cut_after", "timeout_after", "bad_signature", "sha1", "unsigned",
        "wrong_key", "altered", "duplicate", "html",
    )  # fmt: skip
    #: as the simulator's cast calls them
    merchant_name, other_name = "key", "sealed"

    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        lend_keys(folder)
        server = SandboxServer(0)
        simulator = Simulator(folder, server.url, lambda url, body, headers: (0, "nobody is told"), lambda: None)
        self.url, self.world, self.watched = server.url, simulator.world, Watched(simulator)
        self.world.switches.hold_notices, self.world.switches.refund_seconds = True, -1
        self.world.switches.refunds_say_amounts = True
        with pytest.MonkeyPatch.context() as patch, serving(server, self.watched):  # type: ignore[arg-type]
            # the process's own client; here it waits for nobody
            patch.setattr(CLIENT, "_pause", lambda seconds: None)
            patch.setattr(CLIENT, "_patience", PATIENCE)
            with request_finished.connected_to(self._is_opened_at_once):
                yield
            CLIENT.close()

    def sets_up(self, shop: Shop) -> None:
        for name, merchant in (("main", self.merchant_name), ("other", self.other_name)):
            told = self.world.by_name[merchant]
            body = {"plugin": "alipay", "name": name, "settings": told.settings(self.url), **self.terms(told)}
            shop.api.post("accounts", body)
        shop.turns_on("alipay")

    def terms(self, merchant: Merchant) -> dict[str, Any]:
        """What an account of *merchant* says of the shop's stores."""
        found = next(iter(merchant.stores().values()), None)
        return {"stores": {self.store: found}} if found and self.store else {}

    def gives(self, way: str | None) -> dict[str, Any]:
        return GIVEN.get(str(way), {})

    def wrong_wishes(self) -> dict[str, dict[str, Any]]:
        tender = {"channel": "alipay", "product": "wap"}
        return super().wrong_wishes() | {
            "/tenders/0/input/colour": tender | {"input": {"colour": "red"}},
            "/tenders/0/input/return_url": tender | {"input": {"return_url": "javascript:alert(1)"}},
            "/tenders/0/input/quit_url": tender | {"input": {"quit_url": 5}},
        }

    def secrets(self) -> Sequence[str]:
        return (self.merchant.private_text, *self.merchant.private_text.splitlines()[1:-1:5])

    @property
    def merchant(self) -> Merchant:
        """Whom the shop has an account of."""
        return self.world.by_name[self.merchant_name]

    @property
    def seller(self) -> str:
        """Who is paid."""
        stores = list(self.merchant.stores().values())
        return stores[0].get("seller_id", self.merchant.role.seller_id) if stores else self.merchant.role.seller_id

    def pays(self, payment: Told) -> None:
        with self.world.lock:
            payments.pay(self.world, self._trade(payment), after_close=True)

    def state_of(self, out_trade_no: str) -> str | None:
        with self.world.lock:
            trades.settle(self.world)
            trade = self.world.trades.get((self.seller, out_trade_no))
        return STATES[trade.status] if trade else None

    def numbers(self) -> Sequence[str]:
        return [number for _, number in self.world.trades]

    def given_back(self, payment: Told) -> int:
        return self._trade(payment).asked_back

    def has_delivered(self, part: Told) -> bool:
        return self._refund(part).done_at is not None

    def refund_numbers(self, payment: Told) -> Sequence[str]:
        return [one.number for one in self._trade(payment).refunds]

    def goes_wrong(self, verb: Verb, fault: str) -> None:
        assert not self.unmet()
        # a call that was refused at its first try leaves the faults of the others
        self.world.faults.clear()
        self.world.faults.plan(VERBS[verb], fault, TRIES, SLOW)

    def unmet(self) -> Mapping[str, int]:
        return {verb: left for verb, left in self.world.faults.left().items() if left >= TRIES}

    def meanwhile(self, verb: Verb, action: Callable[[str], None]) -> None:
        self.watched.happens[VERBS[verb]].append(action)

    def finishes(self, part: Told, outcome: str = "done") -> None:
        with self.world.lock:
            refunds.finish(self.world, self._refund(part))

    def is_short_of_money(self, short: bool) -> None:
        self.world.switches.poor = (self.merchant.name,) if short else ()

    # -- notices
    def letter(self, payment: Told) -> Letter:
        return self._sealed(self._newest_notice(payment.out_trade_no, ""))

    def wrong_letters(self, payment: Told) -> Mapping[str, Wrong]:
        trade = self._trade(payment)
        changes: dict[str, tuple[dict[str, str], str]] = {
            "more money": ({"total_amount": yuan(trade.amount + 1)}, "amount_mismatch"),
            "less money": ({"total_amount": "0.01", "receipt_amount": "0.01"}, "amount_mismatch"),
            "another app": ({"app_id": "2021000000009999"}, "payee_mismatch"),
            "another seller": ({"seller_id": "2088101000009999"}, "payee_mismatch"),
        }
        if self.merchant.role.mode == "isv":
            changes["another authorised app"] = ({"auth_app_id": "2021000000009999"}, "payee_mismatch")
        return {what: Wrong(self._told(trade, told), code) for what, (told, code) in changes.items()}

    def letter_of_other_money(self, payment: Told) -> Letter:
        return self._told(self._trade(payment), {"trade_no": "2026010122001999999999999999"})

    def old_news(self, payment: Told) -> Mapping[str, Letter]:
        trade = replace(self._trade(payment), paid_at=None, refunds=[])
        return {
            state: self._sealed(self._notice(trade, trade_params(self.world, replace(trade, status=state))))
            for state in ("WAIT_BUYER_PAY", "TRADE_CLOSED")
        }

    def letter_of_nobody(self) -> Letter:
        return self._told(self._nobodys_trade(), {})

    def refund_letter(self, part: Told) -> Letter:
        found = self._refund(part)
        return self._sealed(self._newest_notice(found.trade.number, found.number))

    def wrong_refund_letters(self, part: Told) -> Mapping[str, Wrong]:
        done = replace(self._refund(part), done_at=core_clock.now())
        changes: dict[str, tuple[dict[str, str], str]] = {
            "another amount": ({"send_back_fee": "0.01"}, "refund_amount_mismatch"),
            "another app": ({"app_id": "2021000000009999"}, "refund_payee_mismatch"),
            "another seller": ({"seller_id": "2088101000009999"}, "refund_payee_mismatch"),
        }
        made = {what: forgeries.made(self.world, done, told) for what, (told, _) in changes.items()}
        return {what: Wrong(self._sealed(notice), changes[what][1]) for what, notice in made.items()}

    def refund_letter_of_nobody(self) -> Letter:
        trade, moment = self._nobodys_trade(), core_clock.now()
        found = Refund(trade, "RNOBODY", 5, "", moment, done_at=moment)
        trade.refunds.append(found)
        return self._sealed(forgeries.made(self.world, found, {}))

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        told = dict(parse_qsl(letter.body.decode(), keep_blank_values=True))
        notice = self.world.notices[told["notify_id"]]
        changed = {
            "a changed amount": {**told, "total_amount": "0.01"},
            "a parameter more": {**told, "store": "1"},
            "no signature": {**told, "sign": ""},
            "a signature that is no base64": {**told, "sign": "%%%"},
            "another kind of signature": {**told, "sign_type": "RSA"},
            "no charset we know": {**told, "charset": "klingon"},
        }
        return {
            **{
                kind: self._sealed(notice, kind)
                for kind in ("bad_signature", "sha1", "unsigned", "wrong_key", "altered", "extra")
            },
            "a body that was cut": Letter(letter.headers, letter.body[:-1]),
            "a name that stands there twice": Letter(letter.headers, letter.body + b"&out_trade_no=other"),
            "no form at all": Letter(letter.headers, b'{"trade_status":"TRADE_SUCCESS"}'),
            "bytes": Letter(letter.headers, b"\xff\xfe"),
            **{what: Letter(letter.headers, urlencode(spoilt).encode()) for what, spoilt in changed.items()},
        }

    def _is_opened_at_once(self, sender: flask.Flask, response: flask.Response, **more: Any) -> None:
        """The buyer's browser or phone opens what an answer of the shop's hands out, before she does anything else."""
        told = response.get_json(silent=True) if flask.request.path.endswith("/payments") else None
        client = told.get("client") if isinstance(told, dict) else None
        if not client or response.status_code != 201:
            return
        if "url" in client:
            httpx.get(client["url"], trust_env=False)
        with self.world.lock:
            if "order_string" in client:
                params = dict(parse_qsl(client["order_string"], keep_blank_values=True))
                merchant = checks.authenticate(self.world, params)
                trades.place(self.world, checks.understand(merchant, "app", params))
            trade = self.world.trades.get((self.seller, told["out_trade_no"]))
            if trade is not None:
                trades.scan(trade)

    def _trade(self, payment: Told) -> Trade:
        return self.world.trades[self.seller, payment.out_trade_no]

    def _refund(self, part: Told) -> Refund:
        found = [one for trade in self.world.trades.values() for one in trade.refunds]
        return next(one for one in found if one.number == part.out_refund_no)

    def _nobodys_trade(self) -> Trade:
        """A trade that we never placed, paid all the same."""
        known = self.merchant.role.authorised
        whose = next(iter(known.values())) if known else self.merchant.acts_for(None)
        assert whose is not None
        moment = core_clock.now()
        biz = {"out_trade_no": "PNOBODY", "subject": "tea"}
        return Trade(
            self.merchant, whose, "precreate", biz, 4900, "", "", moment, moment, "2026030222001000000000000000",
            "token", opened=True, status="TRADE_SUCCESS", paid_at=moment,
        )  # fmt: skip

    def _told(self, trade: Trade, changes: dict[str, str]) -> Letter:
        """A genuine notice of a trade's money, with *changes* that Alipay itself has signed."""
        return self._sealed(forgeries.made(self.world, trade, changes))

    def _notice(self, trade: Trade, params: Mapping[str, str]) -> Notice:
        return Notice(self.world.next_notify_id(), self.merchant, "", params, core_clock.now())

    def _newest_notice(self, number: str, refund_number: str) -> Notice:
        mine = [one for one in self.world.notices.values() if one.number == number]
        paid = [one for one in mine if one.refund_number == refund_number]
        return [one for one in paid if refund_number or one.params["trade_status"] == "TRADE_SUCCESS"][-1]

    def _sealed(self, notice: Notice, distortion: str = "") -> Letter:
        body, headers = pack(self.world, notice, distortion)
        return Letter(headers, body)
