"""Changing keys: old first, new added, everything sealed anew, old dropped; while the shop runs and is edited."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import update

from core import plugins, vault
from core.commands.secrets import command
from core.db import all_of, reading, transaction
from core.models import Account, IdempotencyKey, MerchantPlugin
from core.services import accounts, sealed_rows
from tests.actors import Merchant
from tests.conftest import TEST_KEY, AppMaker
from tests.plugin_yard import make_plugin, sample

NEW = Fernet.generate_key().decode()
SECRET = "kanarienvogel-4711"


def _paying() -> Any:
    from tests.core.test_plugin_api import AccountSettings, Box, check

    hooks = {"register_payment_channels": lambda: [Box()]}
    return make_plugin("paying", hooks, account=AccountSettings, account_secret=("key",), check=check)


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(EXTRA_PLUGINS=[*sample("good"), _paying()])


@pytest.fixture
def furnished(merchant: Merchant, other_merchant: Merchant) -> tuple[Merchant, Merchant]:
    """Two merchants with plugin settings, more accounts than one batch, and an answer kept for repetition."""
    for one, many in ((merchant, sealed_rows.BATCH + 3), (other_merchant, 1)):
        one.owner.patch("plugins/good/settings", {"token": SECRET}, {"If-Match": "*"})
        for number in range(many):
            account = {"plugin": "paying", "name": f"box {number}", "settings": {"app_id": "1", "key": SECRET}}
            one.owner.post("accounts", account)
        one.owner.post("customers/tokens", {"external_id": "u1"}, key="mint-1")
    return merchant, other_merchant


def run(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(command, list(words))
    assert SECRET not in result.output and TEST_KEY not in result.output and NEW not in result.output
    return result


def opened(app: Flask, merchant: Merchant) -> list[str]:
    """Every secret of the merchant, as this application opens it."""
    with app.app_context(), reading():
        found = [
            vault.unseal(row.settings, plugins.settings_purpose(merchant.id, row.name))["token"]
            for row in all_of(MerchantPlugin, merchant.id, MerchantPlugin.settings.is_not(None))
        ]
        found += [vault.unseal(row.settings, accounts.purpose(row))["key"] for row in all_of(Account, merchant.id)]
        kept = all_of(IdempotencyKey, merchant.id, IdempotencyKey.body.startswith("enc:"))
        assert all('"token"' in vault.decrypt(str(row.body), "idempotency") for row in kept) and kept
        return found


@pytest.mark.both_databases
def test_after_a_rotation_the_old_key_can_go(make_app: AppMaker, app: Flask, furnished: Any) -> None:
    first, second = furnished
    both = make_app(SECRET_KEYS=[NEW, TEST_KEY], EXTRA_PLUGINS=[*sample("good"), _paying()])
    looked = run(both, "status")
    assert looked.exit_code == 0 and "key 1 of 2: opens 0" in looked.output
    assert f"key 2 of 2: opens {sealed_rows.BATCH + 3 + 1 + 4}" in looked.output

    done = run(both, "rotate")
    assert done.exit_code == 0, done.output
    assert f"acme: 1 plugin settings, {sealed_rows.BATCH + 3} accounts, 1 kept answers" in done.output
    assert "bolt: 1 plugin settings, 1 accounts, 1 kept answers" in done.output
    again = run(both, "rotate")
    assert "acme: nothing to do" in again.output and "0 sealed anew" in again.output
    assert "key 2 of 2: opens 0" in run(both, "status").output

    alone = make_app(SECRET_KEYS=[NEW], EXTRA_PLUGINS=[*sample("good"), _paying()])
    assert opened(alone, first) == [SECRET] * (sealed_rows.BATCH + 4) and opened(alone, second) == [SECRET] * 2
    owner = {"Authorization": f"Bearer {first.owner.token}"}
    shown = alone.test_client().get("/v1/admin/acme/plugins/good", headers=owner).get_json()
    assert shown["settings"]["token"] == {"set": True, "last4": "4711"}
    assert shown["version"] == 1, "an editor's ETag still holds"
    kept = alone.test_client().post(
        "/v1/admin/acme/customers/tokens", json={"external_id": "u1"}, headers={**owner, "Idempotency-Key": "mint-1"}
    )
    assert kept.status_code == 201 and kept.headers["Idempotent-Replayed"] == "true"


def test_what_no_key_opens_is_named_and_the_rest_goes_on(make_app: AppMaker, app: Flask, furnished: Any) -> None:
    first, second = furnished
    with app.app_context(), transaction() as session:
        box = all_of(Account, second.id)[0]
        foreign = vault.seal({"key": SECRET}, f"{first.id}:{box.id}:account")
        where = (MerchantPlugin.merchant_id == first.id, MerchantPlugin.name == "good")
        session.connection().execute(update(MerchantPlugin).where(*where).values(settings="enc:v1:gAAAAbroken"))
        mine = (Account.merchant_id == second.id, Account.id == box.id)
        session.connection().execute(update(Account).where(*mine).values(settings=foreign))
    both = make_app(SECRET_KEYS=[NEW, TEST_KEY], EXTRA_PLUGINS=[*sample("good"), _paying()])
    for words in ("status", "rotate"):
        done = run(both, words)
        assert done.exit_code == 1
        assert "acme: the settings of good: The secret for" in done.output
        assert "bolt: account 'box 0' of paying: The secret for" in done.output
        assert "gAAAA" not in done.output
    assert f"key 1 of 2: opens {sealed_rows.BATCH + 3 + 1 + 2}" in run(both, "status").output


def test_a_rotation_that_was_stopped_is_finished_by_the_next_one(
    make_app: AppMaker, furnished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = furnished
    both = make_app(SECRET_KEYS=[NEW, TEST_KEY], EXTRA_PLUGINS=[*sample("good"), _paying()])
    real, batches = sealed_rows.renew, []

    def stops_at_the_third(kind: Any, rows: Any) -> Any:
        batches.append(kind.name)
        done = real(kind, rows)
        if len(batches) == 3:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(sealed_rows, "renew", stops_at_the_third)
    assert run(both, "rotate").exit_code != 0
    monkeypatch.setattr(sealed_rows, "renew", real)
    assert f"key 1 of 2: opens {1 + sealed_rows.BATCH}" in run(both, "status").output, "whole batches were written"
    assert "acme: 3 accounts, 1 kept answers" in run(both, "rotate").output
    assert opened(make_app(SECRET_KEYS=[NEW], EXTRA_PLUGINS=[_paying(), *sample("good")]), first)


@pytest.fixture
def busy() -> Iterator[threading.Event]:
    """Set when the editors shall stop."""
    stop = threading.Event()
    yield stop
    stop.set()


@pytest.mark.both_databases
def test_what_staff_edit_meanwhile_is_not_lost(
    make_app: AppMaker, app: Flask, merchant: Merchant, busy: threading.Event
) -> None:
    # the shop knows the new key and still writes with the old one: there is something to do each time
    app.config["SECRET_KEYS"] = [TEST_KEY, NEW]
    both = make_app(SECRET_KEYS=[NEW, TEST_KEY], EXTRA_PLUGINS=[*sample("good"), _paying()])
    made = merchant.owner.post(
        "accounts", {"plugin": "paying", "name": "box", "settings": {"app_id": "1", "key": f"{SECRET}-0"}}
    )
    merchant.owner.patch("plugins/good/settings", {"token": f"{SECRET}-0"}, {"If-Match": "*"})
    staff = merchant.signs_in("owner")
    written = {"account": 0, "plugin": 0}

    def edits(what: str, somebody: Any, path: str, body: Any) -> None:
        while not busy.is_set():
            number = written[what] + 1
            somebody.patch(path, body(f"{SECRET}-{number}"), {"If-Match": "*"})
            written[what] = number

    editors = [
        threading.Thread(
            target=edits,
            args=("account", merchant.owner, f"accounts/{made['id']}", lambda key: {"settings": {"key": key}}),
        ),
        threading.Thread(target=edits, args=("plugin", staff, "plugins/good/settings", lambda key: {"token": key})),
    ]
    for editor in editors:
        editor.start()
    until = time.monotonic() + 60
    while min(written.values()) < 15 and time.monotonic() < until:
        assert run(both, "rotate").exit_code == 0
    busy.set()
    for editor in editors:
        editor.join()
    assert min(written.values()) >= 15
    assert run(both, "rotate").exit_code == 0
    with make_app(SECRET_KEYS=[NEW], EXTRA_PLUGINS=[*sample("good"), _paying()]).app_context(), reading():
        row = all_of(MerchantPlugin, merchant.id, MerchantPlugin.name == "good")[0]
        token = vault.unseal(row.settings, plugins.settings_purpose(merchant.id, "good"))["token"]
        box = all_of(Account, merchant.id)[0]
        key = vault.unseal(box.settings, accounts.purpose(box))["key"]
    assert (token, key) == (f"{SECRET}-{written['plugin']}", f"{SECRET}-{written['account']}")
