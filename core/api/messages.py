"""The in-app inboxes of the merchant and of buyers."""

from typing import Any
from uuid import UUID

from flask import Response

from core import clock
from core.api.auth import buyers_only, current_customer_id, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.errors import NotFound
from core.models import Message
from core.schemas.merchant import MessageOut, MessagesIn

shop = shop_blueprint("my_messages", __name__, "The buyer's inbox")
admin = admin_blueprint("messages", __name__, "The merchant's inbox")


@shop.get("/messages")
@buyers_only
@paged
@shop.arguments(MessagesIn, location="query")
@shop.response(200, MessageOut(many=True))
def list_my_messages(query: dict[str, Any]) -> Response:
    """The buyer's messages, newest first."""
    with reading():
        return page(MessageOut, Message, Message.customer_id == current_customer_id(), *_unread(query))


@shop.post("/messages/<uuid:message_id>/read")
@buyers_only
@shop.response(200, MessageOut)
def read_my_message(message_id: UUID) -> Response:
    """Mark a message as read."""
    with transaction():
        message = get(Message, current_merchant().id, message_id, lock=True)
        if message.customer_id != current_customer_id():
            raise NotFound("There is no such message here.")
        return _mark_read(message)


@admin.get("/messages")
@needs("messages.read")
@paged
@admin.arguments(MessagesIn, location="query")
@admin.response(200, MessageOut(many=True))
def list_messages(query: dict[str, Any]) -> Response:
    """The merchant's messages, newest first."""
    with reading():
        return page(MessageOut, Message, Message.audience == "merchant", *_unread(query))


@admin.post("/messages/<uuid:message_id>/read")
@needs("messages.read")
@admin.response(200, MessageOut)
def read_message(message_id: UUID) -> Response:
    """Mark a message as read, for the whole merchant."""
    with transaction():
        message = get(Message, current_merchant().id, message_id, lock=True)
        if message.audience != "merchant":
            raise NotFound("There is no such message here.")
        return _mark_read(message)


def _unread(query: dict[str, Any]) -> list[Any]:
    if "unread" not in query:
        return []
    return [Message.read_at.is_(None) if query["unread"] else Message.read_at.is_not(None)]


def _mark_read(message: Message) -> Response:
    message.read_at = message.read_at or clock.now()
    return answer(MessageOut, message)
