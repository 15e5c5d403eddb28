"""Canaries: secrets are planted everywhere, everything goes wrong, and nothing that can be read holds one of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import select, text
from werkzeug.serving import make_server

from core import queue
from core.api.auth import anyone
from core.api.blueprints import shop_blueprint
from core.commands.plugins import command as plugins_command
from core.commands.secrets import command as secrets_command
from core.contracts.checkout import JobSpec
from core.contracts.payment_channel import AccountView, PaymentRequest
from core.db import Base, across_merchants, db, reading, transaction
from core.errors import ChannelRefused, Invalid, PluginTrouble, Refused
from core.models import Account
from core.network import http_client
from core.plugins import settings_of
from core.schemas.fields import Count, In, Text
from core.services.accounts import open_accounts
from core.services.cases import open_case
from tests.actors import Answer, Api, Merchant, Staff
from tests.conftest import AppMaker, Clock
from tests.logbook import Logbook, written
from tests.plugin_yard import make_plugin
from tests.vocabulary import RECEIVER, Shop

#: what no log, answer, row or command may show; of random-looking shape only where ours are
PLUGIN = "Grünfink zwitschert 1"
ACCOUNT = "stieglitz.0815/+="
LINE = "MIIEvKanarienvogelQDGirlitzZeisig4711"
PEM = f"-----BEGIN PRIVATE KEY-----\n{LINE}\n-----END PRIVATE KEY-----\n"
PASSWORD = "nachtigall in der nacht 7"
KEYRING = "bWVyeG1lcnhtZXJ4bWVyeG1lcnhtZXJ4bWVyeG1lcng="


class PluginSettings(In):
    token = Text(60, required=True)
    days = Count(max=9, load_default=1)


class AccountSettings(In):
    key = Text(60, required=True)
    pem = Text(4000, required=True)


def secrets_here() -> str:
    account = open_accounts("leaky")[0].settings
    return f"{settings_of('leaky')['token']} {account['key']} {account['pem']}"


class Leaky:
    """A channel that tells everything it knows when it fails."""

    name, title = "leaky", {"en": "Leaky"}
    input_schema, products, currencies = None, (), ()

    def start(self, account: AccountView, request: PaymentRequest) -> Any:
        raise ChannelRefused(f"the key {account.settings['key']} signs nothing: {account.settings['pem']}")

    def query(self, account: AccountView, out_trade_no: str) -> Any:
        raise RuntimeError(f"{account.settings}")

    close = refund = query_refund = query


def check(settings: Any, account: AccountView | None) -> list[str]:
    if account is None:
        return []
    if account.name == "raises":
        raise RuntimeError(f"{account.settings} {settings}")
    return [] if account.name == "main" else [f"The key {account.settings['key']} is not accepted."]


def leaky(provider: str) -> Any:
    shop = shop_blueprint("holes", __name__)

    @shop.get("/bug")
    @anyone
    def bug() -> Response:
        """Raise."""
        with reading():
            told = secrets_here()
        raise RuntimeError(told)

    @shop.get("/refusal")
    @anyone
    def refusal() -> Response:
        """Refuse, in too many words."""
        with reading():
            told = secrets_here()
        raise Invalid.field("/x", told, more=told, deep={"a": [told]})  # type: ignore[call-arg]

    @shop.get("/database")
    @anyone
    def database() -> Response:
        """Let the database refuse a statement whose values are secret."""
        with reading() as session:
            session.execute(text("SELECT no_such_column FROM merchants WHERE name = :told"), {"told": secrets_here()})
        raise AssertionError

    @shop.post("/jobs")
    @anyone
    def jobs() -> Response:
        """Set off what fails later."""
        with transaction():
            queue.soon("leaky.fails")
            queue.soon("leaky.calls")
            open_case("leak", secrets_here()[:300], thing_kind="plugin", told=[secrets_here()])
        raise Refused("Done all the same.")

    def fails() -> None:
        with reading():
            told = secrets_here()
        raise ValueError(f"key={told}") from PluginTrouble(told)

    def calls() -> None:
        with reading():
            account = open_accounts("leaky")[0].settings
        with http_client(headers={"Authorization": f"Bearer {account['key']}"}) as client:
            client.post(f"{provider}/{account['key']}", params={"secret": account["key"]}, json=dict(account))
            client.get(f"http://user:{account['key']}@127.0.0.1:1/")

    hooks = {
        "register_blueprints": lambda: [shop],
        "register_payment_channels": lambda: [Leaky()],
        "register_jobs": lambda: [JobSpec("fails", fails, tries=2), JobSpec("calls", calls, tries=1)],
        "check_checkout": lambda quote: _raise(secrets_here()) if quote.lines[0].quantity == 2 else None,
    }
    manifest = {"settings": PluginSettings, "secret": ("token",), "account": AccountSettings}
    return make_plugin("leaky", hooks, **manifest, account_secret=("key", "pem"), check=check)


def _raise(told: str) -> None:
    raise RuntimeError(told)


@dataclass
class Ears:
    """Everything that was answered, beside the few answers that hand a token to whom it belongs."""

    heard: list[str] = field(default_factory=list)

    def hear(self, answer: Answer) -> Answer:
        self.heard.append(f"{dict(answer.headers)} {answer.body}")
        return answer

    def ask(self, who: Api, method: str, path: str, json: Any = None, **headers: str) -> Answer:
        sent = {"headers": {name.replace("_", "-"): value for name, value in headers.items()}}
        return self.hear(who.send(method, path, **sent, **({"json": json} if json is not None else {})))


@pytest.fixture
def provider() -> Iterator[str]:
    """A gateway that says what it was sent."""

    def answers(environ: Any, start: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        said = str(environ).encode()
        start("500 Oh", [("Content-Length", str(len(said)))])
        return [said]

    server = make_server("127.0.0.1", 0, answers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(make_app: AppMaker, provider: str) -> Flask:
    return make_app(EXTRA_PLUGINS=[leaky(provider)], LOG_REQUESTS=True, METRICS_TOKEN="amsel-in-the-tree")


@pytest.mark.both_databases
def test_no_canary_is_ever_seen(
    app: Flask, merchant: Merchant, clock: Clock, make_app: AppMaker, provider: str
) -> None:
    ears = Ears()
    with written() as book:
        tokens = _plant(merchant, ears)
        _provoke(app, merchant, clock, ears)
        other_keys = make_app(
            EXTRA_PLUGINS=[leaky(provider)], SECRET_KEYS=["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="]
        )
        _ask_with_the_wrong_keys(other_keys, merchant, ears)
        told = _commands(app, merchant)
    canaries = [PLUGIN, ACCOUNT, LINE, PASSWORD, KEYRING, "amsel-in-the-tree", *tokens]
    _assert_none(canaries, "the log", book.text)
    _assert_none(canaries, "an answer", "\n".join(ears.heard))
    _assert_none(canaries, "the database", _everything_in_the_database(app))
    _assert_none(canaries, "a command", told)
    _assert_trouble_was_told(book, ears, app)


def _plant(merchant: Merchant, ears: Ears) -> list[str]:
    """Secrets in settings, accounts, passwords, tokens and keys; and some that are refused."""
    owner = merchant.owner
    whole = {"key": ACCOUNT, "pem": PEM}
    ears.ask(owner, "PATCH", "plugins/leaky/settings", {"token": PLUGIN}, If_Match="*")
    ears.ask(owner, "PATCH", "plugins/leaky/settings", {"token": PLUGIN * 9, "days": PLUGIN}, If_Match="*")
    for name in ("main", "refused", "raises"):
        account = {"plugin": "leaky", "name": name, "settings": whole, "enabled": name == "main"}
        made = ears.ask(owner, "POST", "accounts", account)
        assert made.status == 201, made.body
        ears.ask(owner, "POST", f"accounts/{made['id']}/check")
        ears.ask(owner, "PATCH", f"accounts/{made['id']}", {"settings": {"pem": ACCOUNT * 999}}, If_Match="*")
        ears.ask(owner, "GET", f"accounts/{made['id']}")
    assert ears.ask(owner, "POST", "plugins/leaky/enable").status == 200
    member = {"login": "mina", "name": "Mina", "password": PASSWORD, "roles": ["clerk"]}
    ears.ask(owner, "POST", "staff", member)
    ears.ask(owner, "POST", "staff", member)
    ears.ask(owner, "POST", "staff", member | {"login": "l" * 99, "password": PASSWORD * 99})
    mina = merchant.signs_in("mina", PASSWORD)
    key = owner.post("keys", {"name": "till", "scopes": ["orders.read"]})["token"]
    registered = merchant.visitor.post("customers", {"email": "b@example.com", "password": PASSWORD, "name": "B"})
    return [mina.token or "", key, registered["token"], owner.token or ""]


def _provoke(app: Flask, merchant: Merchant, clock: Clock, ears: Ears) -> None:
    visitor = merchant.visitor
    for path in ("leaky/bug", "leaky/refusal", "leaky/database"):
        assert ears.ask(visitor, "GET", path).status >= 400
    assert ears.ask(visitor, "POST", "leaky/jobs").status == 409
    clock.passes(minutes=10)
    for body in ({"email": "b@example.com", "password": PASSWORD + "x"}, {"password": PASSWORD}, {"email": PASSWORD}):
        ears.ask(visitor, "POST", "sessions", body)
    ears.ask(visitor, "POST", "customers", {"email": "b@example.com", "password": PASSWORD, "name": "B"})
    ears.ask(visitor, "GET", "me", Authorization=f"Bearer {PASSWORD.replace(' ', '')}")
    ears.ask(visitor, "GET", "//metrics", Authorization="Bearer amsel-in-the-bush")
    _sell(merchant, clock, ears)
    for path in ("cases", "jobs", "plugins", "plugins/leaky", "accounts", "messages", "staff", "keys", "settings"):
        assert ears.ask(merchant.owner, "GET", path).status == 200, path


def _sell(merchant: Merchant, clock: Clock, ears: Ears) -> None:
    """A checkout in which the plugin's hook raises, and one whose payment its channel refuses in too many words."""
    shop, buyer = Shop(merchant), merchant.buyer()
    shop.sells("tea", 4900)
    wish: dict[str, Any] = {
        "lines": [{"variant_id": shop.variants["tea"], "quantity": 2}],
        "delivery": {"method": "courier", "receiver": RECEIVER},
    }
    assert ears.ask(buyer, "POST", "quotes", wish).status == 500
    wish["lines"][0]["quantity"] = 1
    placed = ears.ask(buyer, "POST", "orders", wish | {"expected_total": 4900}, Idempotency_Key="o1")
    assert placed.status == 201, placed.body
    pay = {"tenders": [{"channel": "leaky"}]}
    started = ears.ask(buyer, "POST", f"orders/{placed['number']}/payments", pay, Idempotency_Key="p1")
    assert started.status == 502, started.body
    clock.passes(hours=1)
    for path in ("", "/moves"):
        ears.ask(merchant.owner, "GET", f"orders/{placed['number']}{path}")


def _ask_with_the_wrong_keys(app: Flask, merchant: Merchant, ears: Ears) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {merchant.owner.token}"}
    for path in ("plugins", "plugins/leaky", "accounts"):
        answer = client.get(f"/v1/admin/{merchant.code}/{path}", headers=headers)
        assert answer.status_code == 500
        ears.heard.append(answer.get_data(as_text=True))


def _commands(app: Flask, merchant: Merchant) -> str:
    run = app.test_cli_runner().invoke
    words = ["--merchant", merchant.code, "leaky"]
    told = [run(plugins_command, ["check", *words]), run(plugins_command, ["configure", *words, "days=8"])]
    told += [run(secrets_command, ["status"]), run(secrets_command, ["rotate"])]
    return "".join(f"{one.output} {one.exception or ''}" for one in told)


def _everything_in_the_database(app: Flask) -> str:
    with app.app_context(), reading() as session, across_merchants():
        rows = [
            f"{table.name} {json.dumps([str(value) for value in row], ensure_ascii=False)}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
        ]
        assert session.scalar(select(Account.settings).limit(1)).startswith("enc:v1:")  # type: ignore[union-attr]
        db.session().expunge_all()
    return "\n".join(rows)


def _assert_none(canaries: list[str], where: str, shown: str) -> None:
    assert len(shown) > 100, where
    for canary in canaries:
        for form in {canary, json.dumps(canary)[1:-1], json.dumps(canary, ensure_ascii=False)[1:-1]}:
            if (at := shown.find(form)) >= 0:
                raise AssertionError(f"{where} shows {canary!r}: …{shown[max(at - 400, 0) : at + 100]}…")


def _assert_trouble_was_told(book: Logbook, ears: Ears, app: Flask) -> None:
    """All that went wrong can be found all the same."""
    assert "[redacted]" in book.text and any("[redacted]" in said for said in ears.heard)
    assert book.of(logger="merx.jobs", job="leaky.fails") and book.of(logger="merx.gateway", job="leaky.calls")
    assert any("no_such_column" in line.get("exception", "") for line in book.lines)
    assert any("plugin leaky failed in check_checkout" in line["event"] for line in book.lines)
    in_database = _everything_in_the_database(app)
    assert "ValueError: key=[redacted]" in in_database and "job_failed" in in_database


def test_an_account_is_shown_by_its_end_alone(merchant: Merchant) -> None:
    ears = Ears()
    _plant(merchant, ears)
    owner: Staff = merchant.owner
    shown = owner.get("plugins/leaky")["settings"]
    assert shown["token"] == {"set": True, "last4": PLUGIN[-4:]}
