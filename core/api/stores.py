"""The merchant's stores."""

from typing import Any
from uuid import UUID

from flask import Response

from core.api.auth import anyone, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.models import Store
from core.schemas.merchant import StoreEditIn, StoreIn, StoreOut
from core.services import merchants

shop = shop_blueprint("shop_stores", __name__, "Stores to buy at")
admin = admin_blueprint("stores", __name__, "Stores")


@shop.get("/stores")
@anyone
@paged
@shop.response(200, StoreOut(many=True))
def list_open_stores() -> Response:
    """The stores that sell."""
    with reading():
        return page(StoreOut, Store, Store.enabled, newest_first=False)


@admin.get("/stores")
@needs("stores.read")
@paged
@admin.response(200, StoreOut(many=True))
def list_stores() -> Response:
    """All stores, oldest first."""
    with reading():
        return page(StoreOut, Store, newest_first=False)


@admin.post("/stores")
@needs("stores.write")
@admin.arguments(StoreIn)
@admin.response(201, StoreOut)
@idempotent
def create_store(body: dict[str, Any]) -> Response:
    """A new store."""
    with transaction():
        return answer(StoreOut, merchants.create_store(body), 201)


@admin.get("/stores/<uuid:store_id>")
@needs("stores.read")
@admin.response(200, StoreOut)
def show_store(store_id: UUID) -> Response:
    """One store."""
    with reading():
        return answer(StoreOut, get(Store, current_merchant().id, store_id))


@admin.patch("/stores/<uuid:store_id>")
@needs("stores.write")
@admin.arguments(StoreEditIn)
@admin.response(200, StoreOut)
def edit_store(body: dict[str, Any], store_id: UUID) -> Response:
    """Edit or close a store (If-Match)."""
    with transaction():
        store = merchants.locked_store(store_id)
        check_version(store)
        return answer(StoreOut, merchants.change_store(store, body))
