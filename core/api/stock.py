"""Warehouses and stock for staff."""

from typing import Any

from flask import Response

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.db import reading, transaction
from core.models import Stock, Warehouse
from core.schemas.stock import StockChangeIn, StockFilter, StockOut, WarehouseChangeIn, WarehouseIn, WarehouseOut
from core.services import catalog, warehouses

blp = admin_blueprint("stock", __name__, "Where goods lie, and how many.")


@blp.post("/warehouses")
@needs("stock.write")
@blp.arguments(WarehouseIn)
@blp.response(201, WarehouseOut)
@idempotent
def create_warehouse(body: dict[str, Any]) -> Response:
    """Open a warehouse."""
    with transaction():
        return answer(WarehouseOut, warehouses.places([warehouses.create_warehouse(body)])[0], 201)


@blp.get("/warehouses")
@needs("stock.read")
@paged
@blp.response(200, WarehouseOut(many=True))
def list_warehouses() -> Response:
    """All warehouses, newest first."""
    with reading():
        return page(WarehouseOut, Warehouse, show=warehouses.places)


@blp.get("/warehouses/<code>")
@needs("stock.read")
@blp.response(200, WarehouseOut)
def show_warehouse(code: str) -> Response:
    """One warehouse."""
    with reading():
        return answer(WarehouseOut, warehouses.places([warehouses.warehouse_called(code)])[0])


@blp.patch("/warehouses/<code>")
@needs("stock.write")
@blp.arguments(WarehouseChangeIn)
@blp.response(200, WarehouseOut)
def change_warehouse(body: dict[str, Any], code: str) -> Response:
    """Change a warehouse; If-Match names the version you read. `enabled: false` closes it."""
    with transaction():
        warehouse = warehouses.warehouse_called(code, lock=True)
        check_version(warehouse)
        return answer(WarehouseOut, warehouses.places([warehouses.change_warehouse(warehouse, body)])[0])


@blp.get("/stock")
@needs("stock.read")
@paged
@blp.arguments(StockFilter, location="query")
@blp.response(200, StockOut(many=True))
def list_stock(wanted: dict[str, Any]) -> Response:
    """What lies where; of one warehouse, of one sku, or all."""
    with reading():
        where = []
        if "warehouse" in wanted:
            where.append(Stock.warehouse_id == warehouses.warehouse_called(wanted["warehouse"]).id)
        if "sku" in wanted:
            where.append(Stock.variant_id == catalog.variant_called(wanted["sku"]).id)
        return page(StockOut, Stock, *where, show=warehouses.shelves)


@blp.post("/stock/changes")
@needs("stock.write")
@blp.arguments(StockChangeIn)
@blp.response(200, StockOut)
@idempotent
def change_stock(body: dict[str, Any]) -> Response:
    """Book goods that came or went, or what was counted. Units promised to buyers cannot be taken out."""
    with transaction():
        return answer(StockOut, warehouses.change_stock(body))
