"""What buyers see of the catalog: products on sale, their variants, and whether there are any left."""

from typing import Any

from flask import Response

from core.api.auth import anyone
from core.api.blueprints import shop_blueprint
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.db import reading
from core.models import Product
from core.schemas.catalog import CardOut, ShopFilter, ShopProductOut
from core.services import catalog

blp = shop_blueprint("shop_products", __name__, "What is on sale.")


@blp.get("/products")
@anyone
@paged
@blp.arguments(ShopFilter, location="query")
@blp.response(200, CardOut(many=True))
def list_products_on_sale(wanted: dict[str, Any]) -> Response:
    """Products on sale, newest first."""
    with reading():
        where = catalog.search(category=wanted.get("category"), words=wanted.get("q"), on_sale=True)
        return page(CardOut, Product, *where, show=catalog.cards)


@blp.get("/products/<code>")
@anyone
@blp.response(200, ShopProductOut)
def show_product_on_sale(code: str) -> Response:
    """One product on sale with its variants and how many units can be promised."""
    with reading():
        return answer(ShopProductOut, catalog.window(catalog.product_called(code, on_sale=True)))
