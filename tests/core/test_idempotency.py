"""The same request sent again is worked on once and answered alike, whatever happens in between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from core import clock as core_clock
from core.api import stores as store_views
from core.db import all_of, reading, transaction
from core.models import IdempotencyKey, Store
from core.services import idempotency, merchants
from tests.actors import Merchant
from tests.conftest import Clock

STORE = {"code": "main", "name": "Main"}


def codes(merchant: Merchant) -> list[str]:
    return [row["code"] for row in merchant.owner.everything("stores")]


@pytest.mark.both_databases
def test_a_repeated_request_gets_the_first_answer(merchant: Merchant) -> None:
    first = merchant.owner.post("stores", STORE, key="k-1")
    second = merchant.owner.post("stores", STORE, key='"k-1"')
    assert second.body == first.body and second.status == 201
    assert second.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert second.headers["ETag"] == first.headers["ETag"]
    assert codes(merchant) == ["main"]


@pytest.mark.both_databases
def test_a_key_used_for_another_request_is_refused(merchant: Merchant) -> None:
    merchant.owner.post("stores", STORE, key="k-1")
    other = merchant.owner.refused(
        422, "POST", "stores", {**STORE, "code": "other"}, headers={"Idempotency-Key": "k-1"}
    )
    assert other["code"] == "idempotency_key_reused"
    # the order of names in the body is no difference
    reordered = {"name": "Main", "code": "main"}
    assert merchant.owner.post("stores", reordered, key="k-1").headers["Idempotent-Replayed"] == "true"


def test_keys_belong_to_their_caller_and_their_merchant(merchant: Merchant, other_merchant: Merchant) -> None:
    merchant.owner.post("stores", STORE, key="k-1")
    assert other_merchant.owner.post("stores", STORE, key="k-1").status == 201
    second = merchant.staff("operator")
    assert second.refused(409, "POST", "stores", STORE, headers={"Idempotency-Key": "k-1"})["code"] == "already_exists"


@pytest.mark.parametrize("key", ["", "a b", "ä".encode("latin-1"), "x" * 256, '"'])
def test_a_malformed_key_is_refused(merchant: Merchant, key: Any) -> None:
    if key == '"':
        merchant.owner.post("stores", STORE, key=key)
    else:
        merchant.owner.refused(400, "POST", "stores", STORE, headers={"Idempotency-Key": key})
        assert codes(merchant) == []


def test_a_refusal_is_not_kept(merchant: Merchant) -> None:
    merchant.owner.post("stores", STORE)
    merchant.owner.refused(409, "POST", "stores", STORE, headers={"Idempotency-Key": "k-1"})
    assert merchant.owner.post("stores", {**STORE, "code": "next"}, key="k-1").status == 201


@pytest.mark.both_databases
def test_twenty_identical_requests_at_once_make_one(merchant: Merchant) -> None:
    def send(_: int) -> int:
        return merchant.owner.send("POST", "stores", json=STORE, headers={"Idempotency-Key": "k-1"}).status

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(send, range(20)))
    assert set(statuses) <= {201, 409} and 201 in statuses
    assert codes(merchant) == ["main"]
    assert merchant.owner.post("stores", STORE, key="k-1").headers["Idempotent-Replayed"] == "true"


@pytest.mark.both_databases
def test_a_crash_in_between_frees_the_key_after_its_lease(merchant: Merchant, clock: Clock) -> None:
    request = {"Idempotency-Key": "k-1"}
    _die_while_working(merchant)
    still = merchant.owner.refused(409, "POST", "stores", STORE, headers=request)
    assert still["code"] == "idempotency_in_progress" and still.headers["Retry-After"] == "1"
    clock.passes(seconds=idempotency.LEASE)
    assert merchant.owner.post("stores", STORE, key="k-1").status == 201
    assert codes(merchant) == ["main"]


@pytest.mark.both_databases
def test_whoever_worked_too_long_must_not_write_after_another_took_over(
    merchant: Merchant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, go_on = Event(), Event()
    create = merchants.create_store

    def create_slowly(body: Any) -> Store:
        if not slow.is_set():
            slow.set()
            go_on.wait(20)
        return create(body)

    monkeypatch.setattr(store_views, "transaction", _waits_before(slow, go_on))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(merchant.owner.send, "POST", "stores", json=STORE, headers={"Idempotency-Key": "k-1"})
        assert slow.wait(20)
        clock.passes(seconds=idempotency.LEASE + 1)
        second = merchant.owner.post("stores", {**STORE}, key="k-1")
        go_on.set()
        late = first.result()
    assert second.status == 201 and late.status == 409
    assert codes(merchant) == ["main"]
    assert create is merchants.create_store


def _waits_before(slow: Event, go_on: Event) -> Callable[[], Any]:
    def begin() -> Any:
        if not slow.is_set():
            slow.set()
            go_on.wait(20)
        return transaction()

    return begin


@pytest.mark.both_databases
def test_answers_are_forgotten_after_a_day(merchant: Merchant, clock: Clock) -> None:
    merchant.owner.post("stores", STORE, key="k-1")
    key = merchant.api_key("stores.write")
    key.post("stores", {"code": "two", "name": "Two"}, key="k-1")
    core_clock.advance(timedelta(hours=24, seconds=1))
    with merchant.inside(), transaction():
        # the owner's and the key's store, and the key itself has none
        assert idempotency.purge_idempotency_keys() == 2
    merchant.owner = merchant.signs_in("owner")
    assert merchant.owner.post("stores", {"code": "three", "name": "Three"}, key="k-1").status == 201


def test_a_secret_in_a_kept_answer_is_encrypted(merchant: Merchant) -> None:
    body = {"name": "x", "scopes": ["stores.read"]}
    made = merchant.owner.post("keys", body, key="k-1")
    assert merchant.owner.post("keys", body, key="k-1")["token"] == made["token"]
    with merchant.inside(), reading():
        kept = all_of(IdempotencyKey, merchant.id)
    assert len(kept) == 1 and made["token"] not in (kept[0].body or "")


def _die_while_working(merchant: Merchant) -> None:
    """Leave behind what a process leaves that was killed between the row and the answer."""

    class Killed(BaseException):
        pass

    headers = {"Authorization": f"Bearer {merchant.owner.token}", "Idempotency-Key": "k-1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotency, "give_up", lambda use: None)
        patch.setattr(merchants, "create_store", _raise(Killed()))
        with pytest.raises(Killed):
            merchant.app.test_client().post(f"/v1/admin/{merchant.code}/stores", json=STORE, headers=headers)


def _raise(error: BaseException) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        raise error

    return run
