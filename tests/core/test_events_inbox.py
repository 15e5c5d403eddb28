"""Events are told once, in order, out of a catalogue; the inbox is filled from them and read by whom it is for."""

from uuid import UUID

from core import plugins
from core.db import all_of, reading, transaction
from core.lifecycles import ORDER
from core.models import Event, Message
from core.services import events
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def told(shop: Shop, order: Told) -> list[Event]:
    """The events about an order."""
    with shop.merchant.inside(), reading():
        return all_of(Event, shop.merchant.id, Event.about_id == UUID(order.id), order_by=Event.seq)


def test_an_order_tells_everything_once_and_in_order(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.receives(shop.sends(shop.sees_money(mei.orders({"tea": 1}))))
    rows = told(shop, order)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.name.removeprefix("order.") for row in rows] == [
        "placed", "confirm_offline", "paid", "awaiting_shipment", "shipped", "received", "completed",
    ]  # fmt: skip
    assert all(row.data["number"] == order.number and row.data["state"] in ORDER.states for row in rows)


def test_what_is_refused_is_told_to_nobody(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    before = [row.id for row in told(shop, order)]
    shop.is_refused(409).sends(order)
    assert [row.id for row in told(shop, order)] == before


def test_filling_the_inbox_twice_is_as_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    clock.settles()
    event = told(shop, order)[0]
    with shop.merchant.inside():
        for _ in range(2):
            with transaction():
                events.fill_inbox(event.id)
        with reading():
            rows = all_of(Message, shop.merchant.id, Message.event_id == event.id)
    assert sorted(row.audience for row in rows) == ["buyer", "merchant"]


def test_a_message_is_read_once_and_found_no_more_among_the_unread(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    mei.orders({"tea": 1})
    clock.settles()
    message = mei.inbox()[0]
    assert message["read_at"] is None
    read = mei.asks("POST", f"messages/{message['id']}/read")
    clock.passes(minutes=1)
    assert mei.asks("POST", f"messages/{message['id']}/read").read_at == read.read_at
    assert mei.lists("messages", unread="true") == []
    assert len(shop.lists("messages", unread="true")) == 1, "the shop's own copy is unread"
    shop.is_refused(404).asks("POST", f"messages/{message['id']}/read")
    mei.is_refused(404).asks("POST", f"messages/{shop.inbox()[0]['id']}/read")
    shop.buyer().is_refused(404).asks("POST", f"messages/{message['id']}/read")


def test_every_text_of_the_catalogue_can_be_written_in_both_languages(shop: Shop) -> None:
    with shop.merchant.inside():
        catalogue = {name: spec for name, spec in plugins.events().items() if name.startswith("order.")}
    for name, spec in catalogue.items():
        assert set(spec.texts) in ({"en", "zh"}, set()), name
        for text in spec.texts.values():
            assert "SO1" in text.format(**dict.fromkeys(spec.fields, "SO1")), name


def test_every_event_of_an_orders_life_stands_in_the_catalogue(shop: Shop) -> None:
    names = {f"order.{events_name(row.name, row.source, row.to)}" for row in ORDER.moves}
    with shop.merchant.inside():
        assert sorted(names - set(plugins.events())) == []


def events_name(move: str, source: str | None, to: str) -> str:
    """Entered nodes are told by the node's name, all else by the move's."""
    if source is None:
        return "placed"
    if to == "RESUME":
        return "resumed"
    return to if source != to else move
