"""WeChat Pay behind its channel: the plugin's own simulator on a real socket, with letters that the suite posts."""

import json
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import clock as core_clock
from core.commands.sandbox_server import SandboxServer
from plugins.wechatpay.client import CLIENT
from plugins.wechatpay.simulator import payments, refunds
from plugins.wechatpay.simulator.app import Simulator
from plugins.wechatpay.simulator.endpoints import find_endpoint
from plugins.wechatpay.simulator.faults import DISTORTIONS
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.notices import pack
from plugins.wechatpay.simulator.resources import payment_resource, refund_notice
from plugins.wechatpay.simulator.world import Notice, Order, Refund
from tests.contracts.payment_channels import ABILITIES, Letter, Provider, Verb, Wrong
from tests.plugins.wechatpay.simulators import lend_keys
from tests.simulated import serving
from tests.told import Told
from tests.vocabulary import Shop

#: what the simulator calls our calls
VERBS = {"start": "prepay", "query": "query", "close": "close", "refund": "refund", "query_refund": "refund_query"}
ENDS = {"done": "SUCCESS", "dead": "CLOSED", "lost": "ABNORMAL"}
STATES = {"NOTPAY": "waiting", "SUCCESS": "paid", "REFUND": "paid", "CLOSED": "closed"}
GIVEN = {"jsapi": {"openid": "oSIMmei"}, "h5": {"device": "ios", "return_url": "https://shop.example/paid"}}
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
        chunks = list(self._simulator(environ, start_response))
        path = environ["PATH_INFO"]
        verb = find_endpoint(environ["REQUEST_METHOD"], path)[0].verb
        if self.happens[verb]:
            world = self._simulator.world
            newest = list(world.orders if verb == "prepay" else world.refunds)[-1:]
            self.happens[verb].popleft()(newest[0][1] if newest else "")
        return chunks

    def close(self) -> None:
        self._simulator.close()


class WeChatPayProvider(Provider):
    """A direct merchant, for whom WeChat Pay signs with a public key."""

    name = "wechatpay"
    channel = "wechatpay"
    can = frozenset(ABILITIES) - {"by_hand"}
    rival = "bank_transfer"
    ways = ("native", "jsapi", "h5", "app", "mini")
    accepted = (204, b"")
    refused = 400
    patience = 300
    faults_before = ("throttled", "error_before", "cut_before")
    faults_after = ("error_after", "cut_after", "timeout_after", "bad_signature", "signtest", "unsigned", "stale")
    #: as the simulator's cast calls them
    merchant_name, other_name = "public_key", "mixed"

    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        lend_keys(folder)
        server = SandboxServer(0)
        simulator = Simulator(folder, server.url, lambda url, body, headers: (0, "nobody is told"), lambda: None)
        self.url, self.world, self.watched = server.url, simulator.world, Watched(simulator)
        self.world.switches.hold_notices, self.world.switches.refund_seconds = True, -1
        with pytest.MonkeyPatch.context() as patch, serving(server, self.watched):  # type: ignore[arg-type]
            # the process's own client; here it waits for nobody
            patch.setattr(CLIENT, "_pause", lambda seconds: None)
            patch.setattr(CLIENT, "_patience", PATIENCE)
            yield
            CLIENT.close()

    def sets_up(self, shop: Shop) -> None:
        for name, merchant in (("main", self.merchant_name), ("other", self.other_name)):
            told = self.world.by_name[merchant]
            settings = told.settings(self.url) | {"appids": {"app": told.role.mobile_appid}}
            shop.api.post("accounts", {"plugin": "wechatpay", "name": name, "settings": settings, **self.terms(told)})
        shop.turns_on("wechatpay")

    def terms(self, merchant: Merchant) -> dict[str, Any]:
        """What an account of *merchant* says of the shop's stores."""
        return {}

    def gives(self, way: str | None) -> dict[str, Any]:
        return GIVEN["jsapi" if way == "mini" else way] if way in (*GIVEN, "mini") else {}

    def wrong_wishes(self) -> dict[str, dict[str, Any]]:
        tender = {"channel": "wechatpay", "product": "h5"}
        return super().wrong_wishes() | {
            "/tenders/0/input/colour": tender | {"input": {"colour": "red"}},
            "/tenders/0/input/device": tender | {"input": {"device": "abacus"}},
            "/tenders/0/input/return_url": tender | {"input": {"return_url": "javascript:alert(1)"}},
        }

    def secrets(self) -> Sequence[str]:
        return (self.merchant.apiv3_key, *self.merchant.private_text.splitlines()[1:-1:5])

    @property
    def merchant(self) -> Merchant:
        """Whom the shop has an account of."""
        return self.world.by_name[self.merchant_name]

    # -- asked
    def pays(self, payment: Told) -> None:
        with self.world.lock:
            payments.pay(self.world, self._order(payment), after_close=True)

    def state_of(self, out_trade_no: str) -> str | None:
        order = self.world.orders.get((self.merchant.mchid, out_trade_no))
        return STATES[order.trade_state] if order else None

    def numbers(self) -> Sequence[str]:
        return [number for _, number in self.world.orders]

    def given_back(self, payment: Told) -> int:
        found = self._order(payment).refunds
        return sum(one.amount for one in found if one.status in ("PROCESSING", "SUCCESS"))

    def has_delivered(self, part: Told) -> bool:
        return self._refund(part).status == "SUCCESS"

    def refund_numbers(self, payment: Told) -> Sequence[str]:
        return [one.number for one in self._order(payment).refunds]

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
            refunds.finish(self.world, self._refund(part), ENDS[outcome])

    def is_short_of_money(self, short: bool) -> None:
        self.world.switches.poor = (self.merchant.name,) if short else ()

    # -- notices
    def letter(self, payment: Told) -> Letter:
        return self._sealed(self._newest_notice(payment.out_trade_no))

    def wrong_letters(self, payment: Told) -> Mapping[str, Wrong]:
        order = self._order(payment)
        changes: dict[str, tuple[dict[str, Any], str | None]] = {
            "more money": ({"amount": {"total": order.total + 1}}, "amount_mismatch"),
            "less money": ({"amount": {"total": 1, "payer_total": 1}}, "amount_mismatch"),
            "another currency": ({"amount": {"currency": "USD"}}, "currency_mismatch"),
            **{
                f"another {name}": ({name: "1900009999"}, None)
                for name in ("mchid", "appid", "sp_mchid", "sub_mchid", "sp_appid")
                if name in payment_resource(order)
            },
        }
        return {what: Wrong(self._told(order, **told), code) for what, (told, code) in changes.items()}

    def letter_of_other_money(self, payment: Told) -> Letter:
        return self._told(self._order(payment), transaction_id="42SIM20260101999999999999")

    def old_news(self, payment: Told) -> Mapping[str, Letter]:
        order = self._order(payment)
        return {
            state: self._sealed(self._notice(order, "transaction", payment_resource(replace(order, trade_state=state))))
            for state in ("NOTPAY", "CLOSED")
        }

    def letter_of_nobody(self) -> Letter:
        return self._told(self._nobodys_order())

    def refund_letter(self, part: Told) -> Letter:
        return self._sealed(self._newest_notice(part.out_refund_no))

    def wrong_refund_letters(self, part: Told) -> Mapping[str, Wrong]:
        done = replace(self._refund(part), status="SUCCESS", finished_at=core_clock.now())
        content = refund_notice(done)
        changes: dict[str, tuple[dict[str, Any], str | None]] = {
            "another amount": ({"amount": {"refund": 1}}, "refund_amount_mismatch"),
            **{
                f"another {name}": ({name: "1900009999"}, "refund_payee_mismatch")
                for name in ("mchid", "sp_mchid", "sub_mchid")
                if name in content
            },
        }
        return {
            what: Wrong(self._sealed(self._notice(done.order, "refund", _changed(content, told))), code)
            for what, (told, code) in changes.items()
        }

    def refund_letter_of_nobody(self) -> Letter:
        order, moment = self._nobodys_order(), core_clock.now()
        params = {"out_refund_no": "RNOBODY", "amount": {"refund": 5, "total": 4900}}
        found = Refund(order, params, "50SIM0", moment, 5, None, status="SUCCESS", finished_at=moment)
        return self._sealed(self._notice(order, "refund", refund_notice(found)))

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        notice = self.world.notices[json.loads(letter.body)["id"]]
        headers, body = letter.headers, letter.body
        changed = {
            "no headers at all": {},
            "another moment": {**headers, "Wechatpay-Timestamp": str(int(headers["Wechatpay-Timestamp"]) + 1)},
            "another nonce": {**headers, "Wechatpay-Nonce": "0" * 32},
            "no signature": {**headers, "Wechatpay-Signature": ""},
            "a signature that is no base64": {**headers, "Wechatpay-Signature": "%%%"},
            "a moment that is no number": {**headers, "Wechatpay-Timestamp": "now"},
        }
        return {
            **{kind: self._sealed(notice, kind) for kind in DISTORTIONS},
            "sealed with another key": self._sealed(notice, key="0" * 32),
            "signed for another merchant": self._sealed(replace(notice, merchant=self.world.by_name[self.other_name])),
            "a body that was changed": Letter(headers, body.replace(b"TRANSACTION", b"transaction")),
            "a body that was cut": Letter(headers, body[:-1]),
            **{what: Letter(spoilt, body) for what, spoilt in changed.items()},
        }

    # -- behind the counter
    def _order(self, payment: Told) -> Order:
        return self.world.orders[self.merchant.mchid, payment.out_trade_no]

    def _refund(self, part: Told) -> Refund:
        return self.world.refunds[self.merchant.mchid, part.out_refund_no]

    def _nobodys_order(self) -> Order:
        """An order that we never placed, paid all the same."""
        whose = {"sub_mchid": next(iter(self.merchant.role.subs))} if self.merchant.is_provider else {}
        app = "sp_appid" if self.merchant.is_provider else "appid"
        params = {"out_trade_no": "PNOBODY", "amount": {"total": 4900}, app: self.merchant.role.appid, **whose}
        order = Order(self.merchant, self.merchant.is_provider, "native", params, created_at=core_clock.now())
        return replace(order, trade_state="SUCCESS", transaction_id="42SIM0", paid_at=core_clock.now())

    def _told(self, order: Order, **changes: Any) -> Letter:
        """A genuine notice of an order's money, with *changes* that WeChat Pay itself has sealed."""
        return self._sealed(self._notice(order, "transaction", _changed(payment_resource(order), changes)))

    def _notice(self, order: Order, original_type: str, content: Mapping[str, Any]) -> Notice:
        event = "TRANSACTION.SUCCESS" if original_type == "transaction" else "REFUND.SUCCESS"
        moment = core_clock.now()
        return Notice(str(uuid.uuid4()), self.merchant, "", event, original_type, "", content, moment, moment)

    def _newest_notice(self, number: str) -> Notice:
        return [one for one in self.world.notices.values() if one.number == number][-1]

    def _sealed(self, notice: Notice, distortion: str = "", key: str | None = None) -> Letter:
        body, headers = pack(self.world, notice, distortion, key)
        return Letter(headers, body)


class WeChatPayCertificateProvider(WeChatPayProvider):
    """A direct merchant of the older kind: WeChat Pay signs with certificates, which must be fetched first."""

    name = "wechatpay_certificate"
    twin = True
    merchant_name, other_name = "certificate", "public_key"


class WeChatPayPartnerProvider(WeChatPayProvider):
    """A service provider: each store is a sub-merchant of its own, with an app of its own."""

    name = "wechatpay_partner"
    twin = True
    merchant_name, other_name = "provider", "public_key"
    store = "bund"

    def terms(self, merchant: Merchant) -> dict[str, Any]:
        subs = merchant.role.subs
        if not subs:
            return {}
        number, app = next(iter(subs.items()))
        return {"stores": {self.store: {"sub_mchid": number, "sub_appid": app}}}


def _changed(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """*content*, with what *changes* says put into it, one level deep."""
    return {
        **content,
        **{name: {**content[name], **value} if isinstance(value, dict) else value for name, value in changes.items()},
    }
