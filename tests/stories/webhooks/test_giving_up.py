"""A server that does not come back is left alone, people are told, and what it missed can be told again."""

from collections.abc import Callable

import pytest

from tests.conftest import Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Receiver, is_signed
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_after_days_of_failure_an_endpoint_is_disabled_and_goes_on_when_it_is_mended(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, make_receiver: Callable[..., Receiver], clock: Clock
) -> None:
    shop.sets_plugin("webhooks", disable_after_days=2)
    watch = make_receiver()
    desk.tells(watch, "webhooks.*", "case.*")
    endpoint = desk.tells(receiver, "order.*")
    receiver.says(500)
    order = mei.orders({"tea": 1})
    clock.passes(days=1)
    assert desk.endpoint(endpoint).status == "active"
    clock.passes(days=2)
    told = desk.endpoint(endpoint)
    assert (told.status, told.why) == ("disabled", "failing")
    assert [case.kind for case in shop.cases(status="open")] == ["webhook_disabled"]
    assert sorted(watch.names()) == ["case.opened", "webhooks.endpoint_disabled"]
    assert "webhooks.endpoint_disabled" in {row["name"] for row in shop.inbox()}
    tried = len(receiver.heard)
    mei.orders({"tea": 1})
    clock.passes(days=2)
    assert len(receiver.heard) == tried, "nothing is sent there"
    receiver.says(204)
    receiver.forgets()
    assert desk.does(endpoint, "enable").status == "active"
    clock.settles()
    assert receiver.about(order.id)[0] == ("order.placed", 1) and set(desk.statuses()) == {"delivered"}
    assert shop.cases(status="open") == []


def test_whoever_answers_410_wants_no_more(
    mei: BuyerActor, desk: Desk, receiver: Receiver, shop: Shop, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    receiver.says(410)
    mei.orders({"tea": 1})
    clock.passes(hours=1)
    told = desk.endpoint(endpoint)
    assert (told.status, told.why, len(receiver.heard)) == ("disabled", "gone", 1)
    (case,) = shop.cases(status="open")
    assert (case.kind, case.thing_id) == ("webhook_disabled", endpoint.id)


def test_an_event_is_given_up_after_ten_tries_over_three_days_and_can_be_replayed(
    mei: BuyerActor, desk: Desk, receiver: Receiver, shop: Shop, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.placed", "order.closed")
    receiver.says(500)
    order = mei.orders({"tea": 1})
    mei.cancels(order)
    clock.passes(days=4)
    first, later = desk.log()
    assert (first.status, first.tries, len(first.attempts), first.next_try_at) == ("failed", 10, 10, None)
    assert later.status == "waiting" and later.tries > 0, "what comes after goes on when the first is given up"
    seconds = [heard.at for heard in receiver.heard[:10]]
    gaps = [(after - before).total_seconds() for before, after in zip(seconds, seconds[1:], strict=False)]
    wanted = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    assert [least for least, gap in zip(wanted, gaps, strict=True) if not least <= gap <= least * 1.1 + 1] == [], gaps
    assert "webhook_given_up" in [case.kind for case in shop.cases(status="open")]
    receiver.says(200)
    receiver.forgets()
    desk.asks("POST", f"deliveries/{first.id}/replay")
    clock.passes(days=1)
    assert [name for name, _ in receiver.about(order.id)] == ["order.placed", "order.closed"]
    assert {heard.id for heard in receiver.heard} == {first.message_id, later.message_id}
    assert all(is_signed(heard, endpoint.secret) for heard in receiver.heard)


def test_a_server_that_lost_its_data_hears_a_whole_day_again_in_order(
    mei: BuyerActor, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    mei.cancels(mei.orders({"tea": 1}))
    clock.passes(days=1)
    since = clock.now.isoformat()
    orders = [mei.orders({"tea": 1}) for _ in range(3)]
    for order in orders:
        mei.cancels(order)
    clock.settles()
    before = [heard.id for heard in receiver.heard]
    receiver.forgets()
    told = desk.does(endpoint, "replay", {"since": since})
    assert (told.replayed, told.go_on_since) == (6, None)
    clock.settles()
    assert [receiver.about(order.id) for order in orders] == [[("order.placed", 1), ("order.closed", 2)]] * 3
    assert sorted(heard.id for heard in receiver.heard) == sorted(before[2:]), "the same ids: nothing counts twice"
    assert desk.does(endpoint, "replay", {"since": since, "status": "failed"}).replayed == 0
