"""The key store: it rotates without a gap, asks once a minute and one at a time, and never forgets in between."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest

from core.contracts.payment_channel import AccountView
from core.errors import ChannelDown
from plugins.wechatpay import pem
from plugins.wechatpay.certificates import PlatformKey
from plugins.wechatpay.keys import KeyStore, store_of
from tests.plugins.wechatpay.vectors import KEYS, VECTORS, account, decoded

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CERTIFICATE = KEYS["platform_cert_serial_no"]
NEW = "AB" * 20
PLATFORM = pem.public_key(KEYS["wechatpay_public_key_pem"])


def store(**changes: object) -> KeyStore:
    """The store of a fresh account."""
    return KeyStore(dict(account(**changes).settings))


def never() -> Iterable[PlatformKey]:
    """Nobody may ask."""
    raise AssertionError("asked")


def fresh(serial: str = NEW, ends_at: datetime | None = None) -> PlatformKey:
    """A certificate's key."""
    return PlatformKey(serial, PLATFORM, ends_at or NOON + timedelta(days=1000))


def test_old_and_new_certificates_are_good_side_by_side_until_each_ends() -> None:
    keys = store(trust="certificates")
    keys.take([fresh("11" * 20, NOON + timedelta(days=10))])
    keys.take([fresh()])
    assert keys.find("11" * 20, NOON) and keys.find(NEW, NOON)
    assert keys.find("11" * 20, NOON + timedelta(days=10)) is None
    assert [key.serial for key in keys.certificates(NOON)] == [NEW, "11" * 20]
    assert [key.serial for key in keys.certificates(NOON + timedelta(days=11))] == [NEW]


def test_a_serial_nobody_knows_is_asked_for_once_a_minute() -> None:
    keys, asked = store(), []

    def ask() -> Iterable[PlatformKey]:
        asked.append(1)
        return [fresh("22" * 20)]

    assert keys.find_or_ask(NEW, NOON, ask) is None
    assert keys.find_or_ask(NEW, NOON + timedelta(seconds=59), ask) is None
    assert len(asked) == 1
    assert keys.find_or_ask("22" * 20, NOON, never) is not None
    assert keys.find_or_ask(NEW, NOON + timedelta(seconds=60), lambda: [fresh()]) is not None


@pytest.mark.parametrize("serial", ["PUB_KEY_ID_0119000001", "zz", "", "12 34", "../../x", "AB" * 40])
def test_a_serial_that_is_no_certificates_is_never_asked_for(serial: str) -> None:
    assert store().find_or_ask(serial, NOON, never) is None


def test_a_download_that_fails_forgets_nothing_and_is_told_for_a_minute() -> None:
    keys = store()
    keys.take([fresh("22" * 20)])

    def fail() -> Iterable[PlatformKey]:
        raise ChannelDown("not reached")

    with pytest.raises(ChannelDown):
        keys.find_or_ask(NEW, NOON, fail)
    with pytest.raises(ChannelDown, match="moment ago"):
        keys.find_or_ask(NEW, NOON + timedelta(seconds=30), never)
    assert keys.find("22" * 20, NOON) and keys.find(KEYS["wechatpay_public_key_id"], NOON)
    assert keys.find_or_ask(NEW, NOON + timedelta(seconds=61), lambda: [fresh()]) is not None


def test_twenty_who_need_the_same_key_at_once_ask_once() -> None:
    keys, asked, found = store(), [], []
    together, answer = Barrier(21), Event()

    def ask() -> Iterable[PlatformKey]:
        asked.append(1)
        answer.wait(10)
        return [fresh()]

    def want() -> None:
        together.wait(10)
        found.append(keys.find_or_ask(NEW, NOON, ask))

    threads = [Thread(target=want) for _ in range(20)]
    for thread in threads:
        thread.start()
    together.wait(10)
    assert keys.find(KEYS["wechatpay_public_key_id"], NOON), "who has their key does not wait for the others"
    answer.set()
    for thread in threads:
        thread.join()
    assert len(asked) == 1 and len(found) == 20 and all(found)


# ---------------------------------------------------------------------------------------------- per account
def test_what_was_written_down_is_known_to_another_process_at_once() -> None:
    told = json.loads(decoded(VECTORS["certificates_download"], "body"))["data"]
    shop = account(trust="certificates", learned={"certificates": told})
    assert store_of(shop).find(CERTIFICATE, NOON)
    assert store_of(shop) is store_of(shop)


def test_a_certificate_planted_in_the_database_opens_nothing() -> None:
    told = json.loads(decoded(VECTORS["certificates_download"], "body"))["data"][0]
    planted = {**told, "encrypt_certificate": {**told["encrypt_certificate"], "nonce": "000000000000"}}
    for learned in ([planted], [{}], ["x"], "x", None):
        shop = account(trust="certificates", learned={"certificates": learned})
        assert store_of(shop).find(CERTIFICATE, NOON) is None


def test_changed_settings_are_another_store_and_accounts_share_none() -> None:
    one, other = account(), account()
    assert store_of(one) is not store_of(other)
    before = store_of(one)
    changed = AccountView(**{**vars(one), "settings": {**one.settings, "apiv3_key": "n" * 32}})
    assert store_of(changed) is not before
    moved = AccountView(**{**vars(one), "store": {"sub_mchid": "1900000120"}})
    assert store_of(moved) is store_of(AccountView(**vars(one)))
