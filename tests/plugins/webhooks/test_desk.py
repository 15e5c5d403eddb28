"""Looking after endpoints: made, changed, switched off and on, deleted, tested; and what is refused."""

from collections.abc import Callable

import pytest

from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Receiver, is_signed
from tests.told import Told
from tests.vocabulary import BuyerActor


def test_a_secret_is_shown_once_and_then_never(desk: Desk, receiver: Receiver) -> None:
    made = desk.tells(receiver, "order.*")
    assert made.secret.startswith("whsec_") and made.status == "active" and made.events == ["order.*"]
    for shown in (desk.endpoint(made), desk.asks("GET", "endpoints")):
        assert made.secret[10:] not in str(shown) and "secret" not in shown.told


def test_the_same_request_twice_makes_one_endpoint_and_shows_its_secret_again(desk: Desk, receiver: Receiver) -> None:
    body = {"url": receiver.url}
    one, two = (desk.shop.asks("POST", "webhooks/endpoints", body, Idempotency_Key="one") for _ in range(2))
    assert one.told == two.told and len(desk.asks("GET", "endpoints")["data"]) == 1
    again = [desk.shop.asks("POST", f"webhooks/endpoints/{one.id}/rotate", None, Idempotency_Key="two") for _ in "ab"]
    assert again[0].secret == again[1].secret != one.secret


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "url_not_https"),
        ("https://127.0.0.1/", "url_shut"),
        ("https://localhost:8443/", "url_shut"),
        ("https://169.254.169.254/latest", "url_shut"),
        ("https://[fd00::1]/", "url_shut"),
        ("https://8.8.8.8:6379/", "url_port"),
        ("http://127.0.0.1:8000/", "url_not_https"),
        ("nonsense", "bad_url"),
    ],
)
def test_outside_a_sandbox_an_address_inside_is_refused_when_it_is_saved(
    make_app: AppMaker, merchant: Merchant, desk: Desk, receiver: Receiver, url: str, code: str
) -> None:
    endpoint = desk.tells(receiver)
    app = make_app(TESTING=False)
    headers = {"Authorization": f"Bearer {merchant.owner.token}"}
    root = f"/v1/admin/{merchant.code}/webhooks/endpoints"
    for path in (root, f"{root}/{endpoint.id}"):
        answer = app.test_client().post(path, headers=headers, json={"url": url})
        assert answer.status_code == 422 and answer.get_json()["errors"][0]["code"] == code, answer.get_json()
    assert len(desk.asks("GET", "endpoints")["data"]) == 1 and desk.endpoint(endpoint).url == receiver.url


def test_outside_a_sandbox_what_was_saved_in_one_is_not_sent(
    make_app: AppMaker, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    desk.tells(receiver, "order.placed")
    mei.orders({"tea": 1})
    Clock(make_app(TESTING=False)).settles()
    (delivery,) = desk.log()
    assert (delivery.status, receiver.heard) == ("waiting", [])
    assert delivery.attempts[0].error == "Must begin with https://."


@pytest.mark.parametrize(
    "events", [["order.nonsense"], ["order.*x"], ["*.placed"], ["Order.*"], ["order.remind"], ["nobody*"]]
)
def test_an_event_that_never_comes_is_refused(desk: Desk, receiver: Receiver, events: list[str]) -> None:
    told = desk.refused(422, "POST", "endpoints", {"url": receiver.url, "events": events})
    assert (told.code, told.errors[0].pointer) == ("event_unknown", "/events/0")
    endpoint = desk.tells(receiver)
    assert desk.refused(422, "POST", f"endpoints/{endpoint.id}", {"events": events}).code == "event_unknown"


def test_the_catalogue_says_what_there_is_to_hear(desk: Desk) -> None:
    catalog = {row.name: row for row in map(Told, desk.asks("GET", "events").told["data"])}
    assert catalog["order.paid"].meaning and catalog["order.paid"].told["fields"]["number"] == "the order's number"
    assert "order.remind" not in catalog and "webhooks.endpoint_disabled" in catalog


def test_there_are_only_so_many_endpoints(desk: Desk, receiver: Receiver) -> None:
    desk.shop.sets_plugin("webhooks", most_endpoints=2)
    one, _ = desk.tells(receiver), desk.tells(receiver)
    told = desk.refused(409, "POST", "endpoints", {"url": receiver.url})
    assert told.code == "too_many_endpoints"
    desk.asks("DELETE", f"endpoints/{one.id}")
    desk.tells(receiver)


def test_a_changed_endpoint_hears_elsewhere_and_of_other_things(
    desk: Desk, receiver: Receiver, make_receiver: Callable[..., Receiver], mei: BuyerActor, clock: Clock
) -> None:
    other = make_receiver()
    endpoint = desk.tells(receiver, "order.placed")
    receiver.closes()
    order = mei.orders({"tea": 1})
    clock.settles()
    clock.passes(seconds=1)
    change = {"url": other.url, "events": ["order.closed"], "description": "the new one"}
    told = desk.asks("POST", f"endpoints/{endpoint.id}", change)
    assert (told.url, told.events, told.description) == (other.url, ["order.closed"], "the new one")
    clock.settles()
    assert other.names() == ["order.placed"], "what was waiting goes to the new address"
    mei.cancels(order)
    clock.settles()
    assert other.names() == ["order.placed", "order.closed"] and is_signed(other.heard[0], endpoint.secret)


def test_wider_filters_bring_nothing_of_before(desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock) -> None:
    endpoint = desk.tells(receiver, "order.closed")
    order = mei.orders({"tea": 1})
    clock.passes(seconds=1)
    desk.asks("POST", f"endpoints/{endpoint.id}", {"events": ["*"]})
    mei.cancels(order)
    clock.settles()
    assert receiver.names() == ["order.closed"]


def test_an_endpoint_that_is_off_hears_nothing_and_what_waited_goes_on_afterwards(
    desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.placed")
    receiver.says(503)
    mei.orders({"tea": 1})
    clock.settles()
    assert desk.does(endpoint, "disable").status == "off"
    mei.orders({"tea": 1})
    receiver.says(200)
    clock.passes(days=2)
    assert len(receiver.heard) == 1
    assert desk.refused(409, "POST", f"endpoints/{endpoint.id}/test").code == "endpoint_not_active"
    assert desk.refused(409, "POST", f"deliveries/{desk.log()[0].id}/replay").code == "endpoint_not_active"
    desk.does(endpoint, "enable")
    mei.orders({"tea": 1})
    clock.settles()
    assert len(receiver.heard) == 3 and desk.statuses() == ["delivered"] * 2


def test_a_deleted_endpoint_takes_its_log_with_it(
    desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver)
    receiver.says(500)
    mei.orders({"tea": 1})
    clock.settles()
    desk.asks("DELETE", f"endpoints/{endpoint.id}")
    clock.passes(days=1)
    assert desk.log() == [] and len(receiver.heard) == 1
    desk.refused(404, "GET", f"endpoints/{endpoint.id}")


def test_a_test_event_says_whether_a_server_hears_us(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    endpoint = desk.tells(receiver, "order.placed")
    told = desk.does(endpoint, "test")
    assert (told.status_code, told.name, told.event_id, told.status) == (202, "webhooks.test", None, "waiting")
    clock.settles()
    (heard,) = receiver.heard
    assert heard.event["type"] == "webhooks.test" and heard.event["data"] == {"endpoint_id": endpoint.id}
    assert heard.id == told.message_id and is_signed(heard, endpoint.secret)
    shown = desk.asks("GET", f"deliveries/{told.id}")
    assert (shown.status, shown.attempts[0].status) == ("delivered", 200)
