"""Doors of notifications: buyers say what they do not want, staff write texts and look at what was sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response

from core import (
    Customer,
    Refused,
    admin_blueprint,
    answer,
    buyers_only,
    current_customer_id,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    settings_of,
    shop_blueprint,
    transaction,
)
from plugins.notifications import sending, templates, trials, wishes
from plugins.notifications.models import NotificationDelivery, NotificationTemplate
from plugins.notifications.schemas import (
    ChannelWishesOut,
    ChannelWishIn,
    DeliveriesIn,
    DeliveryOut,
    TellableEventsOut,
    TemplateIn,
    TemplateOut,
    TemplatesIn,
    TrialIn,
    TrialOut,
)
from plugins.notifications.terms import masked

shop = shop_blueprint("notifications_shop", __name__, "How the buyer is told.")
admin = admin_blueprint("notifications_admin", __name__, "What people are told, by which ways, and what became of it.")


# ---------------------------------------------------------------------------------------------- buyers
@shop.get("/channels")
@buyers_only
@shop.response(200, ChannelWishesOut)
def show_wishes() -> Response:
    """By which ways the buyer wants to be told."""
    with reading():
        return answer(ChannelWishesOut, {"data": wishes.of_customer(current_customer_id())})


@shop.post("/channels")
@buyers_only
@shop.arguments(ChannelWishIn)
@shop.response(200, ChannelWishesOut)
@idempotent
def change_wish(body: dict[str, Any]) -> Response:
    """Opt out of a way, or in again. What the law or the buyer's money asks for is told all the same."""
    with transaction():
        wishes.wish(current_customer_id(), body["channel"], body["wanted"])
        return answer(ChannelWishesOut, {"data": wishes.of_customer(current_customer_id())})


# ---------------------------------------------------------------------------------------------- staff: texts
@admin.get("/events")
@needs("notifications.read")
@admin.response(200, TellableEventsOut)
def list_events() -> Response:
    """Every event that people can be told of, its placeholders, and what is said where it is switched on."""
    with reading():
        return answer(TellableEventsOut, {"data": templates.catalogue()})


@admin.get("/templates")
@needs("notifications.read")
@admin.arguments(TemplatesIn, location="query")
@admin.response(200, TemplateOut(many=True))
@paged
def list_templates(query: dict[str, Any]) -> Response:
    """The merchant's own texts, newest first."""
    with reading():
        where = (getattr(NotificationTemplate, name) == value for name, value in query.items())
        return page(TemplateOut, NotificationTemplate, *where)


@admin.post("/templates")
@needs("notifications.write")
@admin.arguments(TemplateIn)
@admin.response(200, TemplateOut)
@idempotent
def write_template(body: dict[str, Any]) -> Response:
    """Write a text of one's own for a place, or write it anew; `enabled: false` tells nobody this way."""
    with transaction():
        return answer(TemplateOut, templates.write(body))


@admin.post("/templates/<uuid:text_id>/remove")
@needs("notifications.write")
@admin.response(200, TemplateOut)
def remove_template(text_id: UUID) -> Response:
    """Take a text away: the built-in one is said again."""
    with transaction():
        row = get(NotificationTemplate, current_merchant().id, text_id, lock=True)
        shown = answer(TemplateOut, row)
        templates.forget(row)
        return shown


@admin.post("/trials")
@needs("notifications.write")
@admin.arguments(TrialIn)
@admin.response(200, TrialOut)
def try_template(body: dict[str, Any]) -> Response:
    """Send a template to an address now, with made-up values, and see what becomes of it."""
    with reading():
        row = get(NotificationTemplate, current_merchant().id, body["template_id"])
        notification = trials.made_up(row, body["to"])
        found = sending.notifier_of(row.channel)
        settings = settings_of(found[0]) if found else {}
    if found is None:
        raise Refused("Nobody here sends this way yet: see the settings of notifications.", code="not_set_up")
    return answer(TrialOut, found[1].send(settings, notification))


# ---------------------------------------------------------------------------------------------- staff: deliveries
@admin.get("/deliveries")
@needs("notifications.read")
@admin.arguments(DeliveriesIn, location="query")
@admin.response(200, DeliveryOut(many=True))
@paged
def list_deliveries(query: dict[str, Any]) -> Response:
    """What was told to whom and what became of it, newest first."""
    with reading():
        where = (getattr(NotificationDelivery, name) == value for name, value in query.items())
        return page(DeliveryOut, NotificationDelivery, *where, show=_shown)


@admin.post("/deliveries/<uuid:notified_id>/retry")
@needs("notifications.retry")
@admin.response(200, DeliveryOut)
@idempotent
def retry_delivery(notified_id: UUID) -> Response:
    """Send a failed or doubtful one again, with all its tries."""
    with transaction():
        return answer(DeliveryOut, _shown([sending.again(notified_id)])[0])


@admin.get("/customers/<uuid:customer_id>/channels")
@needs("notifications.read")
@admin.response(200, ChannelWishesOut)
def show_wishes_of(customer_id: UUID) -> Response:
    """By which ways a customer wants to be told."""
    with reading():
        get(Customer, current_merchant().id, customer_id)
        return answer(ChannelWishesOut, {"data": wishes.of_customer(customer_id)})


def _shown(rows: Sequence[NotificationDelivery]) -> list[dict[str, Any]]:
    names = [name for name in DeliveryOut._declared_fields if name != "to"]
    return [{name: getattr(row, name) for name in names} | {"to": masked(row.address)} for row in rows]
