"""From an event to deliveries: who is told, where, in which words; each address once, however often this is done."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from core import (
    Customer,
    CustomerIdentity,
    Event,
    Order,
    add,
    all_of,
    current_merchant,
    find,
    flush,
    get,
    notifiers,
    now,
    settings_of,
    soon,
)
from plugins.notifications import templates, values
from plugins.notifications.models import NotificationDelivery, NotificationOptOut
from plugins.notifications.templates import Wording
from plugins.notifications.terms import AUDIENCES, CASE, CHANNELS, NAME, STALE, language_of


@dataclass(frozen=True)
class Address:
    """Where one of an audience is reached, and in which language."""

    audience: str
    channel: str
    to: str
    language: str


def tell(event_id: UUID) -> None:
    """Write a delivery for everybody who is to be told of the event, and a job for each. Twice is as once."""
    event = get(Event, current_merchant().id, event_id)
    about_us = event.name == "case.opened" and event.data.get("kind") == CASE
    if about_us or now() - event.at > STALE or not templates.might_tell(event.name):
        return
    order = find(Order, event.merchant_id, event.about_id)
    customer = find(Customer, event.merchant_id, order.customer_id) if order else None
    own, ready = templates.own_of(event.name), _channels()
    known = values.values(event, order, customer)
    wanted = [
        (address, wording)
        for address in _addresses(order, customer, ready)
        if (wording := templates.choose(own, event.name, address.audience, address.channel, address.language))
    ]
    if not wanted:
        return
    unwanted = _opted_out(event.name, customer)
    there = {
        (row.audience, row.channel, row.address_hash)
        for row in all_of(NotificationDelivery, event.merchant_id, NotificationDelivery.event_id == event.id)
    }
    for address, wording in wanted:
        key = (address.audience, address.channel, _hash(event, address))
        if key not in there:
            there.add(key)
            _write(
                event, order, address, wording, known, skip=address.audience == "buyer" and address.channel in unwanted
            )


def _write(
    event: Event, order: Order | None, address: Address, wording: Wording, known: dict[str, str], *, skip: bool
) -> None:
    row = add(
        NotificationDelivery(
            merchant_id=event.merchant_id,
            event_id=event.id,
            event=event.name,
            audience=address.audience,
            channel=address.channel,
            customer_id=order.customer_id if order and address.audience == "buyer" else None,
            order_id=order.id if order else None,
            address_hash=_hash(event, address),
            address=address.to,
            status="skipped" if skip else "waiting",
            result="the buyer does not want it" if skip else None,
            created_at=now(),
            next_at=None if skip else now(),
            **wording.filled(known),
        )
    )
    flush()
    if not skip:
        soon("notifications.deliver", delivery_id=row.id)


def _channels() -> set[str]:
    """The ways that are open: somebody who is set up brings them."""
    return {one.channel for plugin, one in notifiers() if one.is_ready(settings_of(plugin))}


def _addresses(order: Order | None, customer: Customer | None, ready: set[str]) -> Iterator[Address]:
    settings, house = settings_of(NAME), current_merchant().language
    for channel in (one for one in CHANNELS if one in ready):
        if order is not None and customer is not None:
            language = language_of(customer.language, order.language, house)
            for to in _of_buyer(customer, channel, settings["wechat_app_id"]):
                yield Address("buyer", channel, to, language)
        for audience in AUDIENCES[1:]:
            for to in settings[audience].get(channel, ()):
                yield Address(audience, channel, to, language_of(house))


def _of_buyer(customer: Customer, channel: str, app_id: str) -> list[str]:
    if channel == "wechat_template":
        # a merchant's server signs followers in under their openid and the app it is of
        table = CustomerIdentity
        rows = all_of(table, customer.merchant_id, table.customer_id == customer.id, table.app_id == app_id)
        return [row.external_id for row in rows[:1]] if app_id else []
    address = customer.email if channel == "email" else customer.phone
    return [address] if address else []


def _opted_out(event: str, customer: Customer | None) -> set[str]:
    if customer is None or event in settings_of(NAME)["required_events"]:
        return set()
    table = NotificationOptOut
    return {row.channel for row in all_of(table, customer.merchant_id, table.customer_id == customer.id)}


def _hash(event: Event, address: Address) -> str:
    return hashlib.sha256(f"{event.id}:{address.channel}:{address.to}".encode()).hexdigest()
