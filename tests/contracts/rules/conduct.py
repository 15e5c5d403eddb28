"""Conduct: what a channel says of itself, its exact answers, its secrets, and no network inside a transaction."""

import re
from collections.abc import Callable

import pytest

from core import clock as core_clock
from core.contracts.payment_channel import (
    NotifyingChannel,
    OfflineChannel,
    PaymentChannel,
    PaymentRequest,
    RefundRequest,
    Reply,
)
from core.db import reading
from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene


@rule()
def what_the_channel_says_of_itself_is_valid(scene: Scene) -> None:
    with scene.inside() as (channel, _):
        assert isinstance(channel, PaymentChannel)
        assert isinstance(channel, NotifyingChannel) == ("notices" in scene.provider.can)
        assert isinstance(channel, OfflineChannel) == ("by_hand" in scene.provider.can)
        assert channel.name == scene.provider.channel and re.fullmatch(r"[a-z][a-z0-9_]*", channel.name)
        assert channel.title.get("en") and all(channel.title.values())
        assert isinstance(channel.products, tuple) and len(set(channel.products)) == len(channel.products)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", product) for product in channel.products)
        assert all(re.fullmatch(r"[A-Z]{3}", code) for code in channel.currencies)
        assert set(scene.provider.ways) <= set(channel.products or (None,))
        assert ("ways" in scene.provider.can) == (len(channel.products) > 1)
    methods = {row["channel"]: row for row in scene.mei.api.get("payment-methods").body["data"]}
    assert methods[channel.name]["products"] == list(channel.products)


@rule("notices")
def its_answers_to_notices_are_the_providers_exact_words(scene: Scene) -> None:
    with scene.inside() as (channel, _):
        yes, no = channel.acknowledge(True), channel.acknowledge(False, "the signature does not hold")
        long = channel.acknowledge(False, "x" * 5000)
    assert isinstance(yes, Reply) and (yes.status, yes.body) == scene.provider.accepted
    assert 200 <= yes.status < 300
    assert no.status == long.status == scene.provider.refused and no.status >= 400
    assert no.content_type and len(long.body) < 10_000


@rule()
def no_secret_is_ever_seen_in_an_answer_or_a_log(scene: Scene) -> None:
    seen: list[str] = []
    for api in (scene.mei.api, scene.shop.api):
        api.http.event_hooks = {"response": [lambda answer: seen.append(answer.read().decode())]}
    order = scene.paid_order()
    scene.tries(scene.orders())
    if "asked" in scene.provider.can:
        for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
            scene.provider.goes_wrong("start", fault)
            scene.tries(scene.orders())
    if "notices" in scene.provider.can:
        payment = scene.starts(scene.orders())
        scene.provider.pays(payment)
        for forged in scene.provider.forgeries(scene.provider.letter(payment)).values():
            seen.append(scene.posts(forged).text)
    scene.refunds(order)
    scene.refund_arrives(order)
    scene.clock.passes(minutes=20)
    for account in scene.shop.lists("accounts"):
        scene.shop.api.send("GET", f"accounts/{account['id']}")
        scene.shop.api.send("POST", f"accounts/{account['id']}/check", json={})
    for path in ("accounts", "plugins", "payments", "refunds", "cases", "jobs", "messages"):
        scene.shop.api.send("GET", path)
    scene.shop.history(order)
    scene.mei.sees(order)
    written = [f"{record.getMessage()} {record.__dict__}" for record in scene.logged]
    with scene.inside() as (_, account):
        seen.append(repr(account))
    assert len(seen) > 10
    for secret in scene.provider.secrets():
        assert secret and not [text for text in seen if secret in text], "a secret in an answer"
        assert not [line for line in written if secret in line], "a secret in the log"


@rule("asked")
def no_call_leaves_while_a_transaction_is_open(scene: Scene) -> None:
    before = list(scene.provider.numbers())
    now, way = core_clock.now(), scene.provider.ways[0]
    number, gives = "P20260302000000000001", scene.provider.gives(way)
    asked = PaymentRequest(number, "SO1", PRICE, "CNY", "tea", way, None, gives, now, "127.0.0.1")
    back = RefundRequest(number, "ref", "R20260302000000000001", PRICE, PRICE, "CNY", "damaged", now)
    with scene.inside() as (channel, account):
        calls: dict[str, Callable[[], object]] = {
            "start": lambda: channel.start(account, asked),
            "query": lambda: channel.query(account, number),
            "close": lambda: channel.close(account, number),
            "refund": lambda: channel.refund(account, back),
            "query_refund": lambda: channel.query_refund(account, number, back.out_refund_no),
        }
        for call in calls.values():
            with reading(), pytest.raises((RuntimeError, AssertionError)):
                call()
    assert list(scene.provider.numbers()) == before, "the provider has heard of it"
