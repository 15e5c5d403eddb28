"""Telling: events are written with what they tell of; plugins and the inbox hear of them after commit."""

from typing import Any
from uuid import UUID

from core import clock, plugins, queue
from core.current import current_merchant
from core.db import add, all_of, find, get
from core.models import Event, Message, Order


def announce(name: str, about: Order | None, **data: Any) -> Event:
    """Write one event in the caller's transaction.

    :param name: as ``register_events`` declares it, ``order.paid``.
    :param about: the order it is about; None = the merchant.
    :param data: ids and numbers, JSON values only; what it means stands in the catalogue.
    """
    event = add(
        Event(
            merchant_id=current_merchant().id,
            name=name,
            about_kind="order" if about is not None else "merchant",
            about_id=about.id if about is not None else None,
            seq=_next_seq(about),
            data=data,
            at=clock.now(),
        )
    )
    spec = plugins.events().get(name)
    if spec and spec.texts:
        queue.soon("core.inbox", event_id=event.id)
    tell_after("after_event", event_id=event.id)
    return event


def tell_after(hook: str, **args: Any) -> None:
    """One durable job for each plugin that listens to *hook*: one plugin's trouble is its own."""
    for plugin in plugins.hearers(hook):
        queue.soon(f"{plugin}.after", hook=hook, **args)


def fill_inbox(event_id: UUID) -> None:
    """Put an event into the inboxes of those it is meant for; a second call changes nothing."""
    merchant_id = current_merchant().id
    event = get(Event, merchant_id, event_id)
    spec = plugins.events().get(event.name)
    told = {row.audience for row in all_of(Message, merchant_id, Message.event_id == event.id)}
    order = find(Order, merchant_id, event.about_id)
    for audience in ("merchant", "buyer"):
        if spec is None or audience not in spec.audiences or audience in told:
            continue
        add(
            Message(
                merchant_id=merchant_id,
                event_id=event.id,
                audience=audience,
                customer_id=_buyer_of(event, order) if audience == "buyer" else None,
                order_id=order.id if order else None,
                name=event.name,
                texts={language: text.format(**event.data) for language, text in spec.texts.items()},
                created_at=clock.now(),
            )
        )


def _buyer_of(event: Event, order: Order | None) -> UUID | None:
    """Whose order it is about; an event about no order may name its customer itself."""
    if order is not None:
        return order.customer_id
    named = event.data.get("customer_id")
    return UUID(named) if named else None


def _next_seq(about: Order | None) -> int:
    if about is None:
        return 0
    about.event_seq += 1
    return about.event_seq
