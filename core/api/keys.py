"""API keys of the merchant's own servers."""

from typing import Any
from uuid import UUID

from flask import Response

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.db import reading, transaction
from core.models import ApiKey
from core.schemas.people import KeyIn, KeyOut, NewKeyOut
from core.services import people

admin = admin_blueprint("keys", __name__, "API keys")


@admin.get("/keys")
@needs("keys.write")
@paged
@admin.response(200, KeyOut(many=True))
def list_keys() -> Response:
    """All keys, newest first, revoked ones too."""
    with reading():
        return page(KeyOut, ApiKey)


@admin.post("/keys")
@needs("keys.write")
@admin.arguments(KeyIn)
@admin.response(201, NewKeyOut)
@idempotent(secret=True)
def create_key(body: dict[str, Any]) -> Response:
    """A new key; its token is shown in this answer only. Nobody gives a scope they do not have."""
    with transaction():
        key, token = people.create_key(body["name"], body["scopes"], body["expires_at"])
        names = ("id", "name", "last4", "scopes", "expires_at", "revoked_at", "created_at")
        return answer(NewKeyOut, {name: getattr(key, name) for name in names} | {"token": token}, 201)


@admin.delete("/keys/<uuid:key_id>")
@needs("keys.write")
@admin.response(200, KeyOut)
def revoke_key(key_id: UUID) -> Response:
    """Revoke a key: it is refused from now on."""
    with transaction():
        return answer(KeyOut, people.revoke_key(key_id))
