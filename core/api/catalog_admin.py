"""The catalog for staff: products and variants are made, changed and taken off sale, never deleted."""

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
from core.models import Product
from core.schemas.catalog import (
    ProductChangeIn,
    ProductFilter,
    ProductIn,
    ProductOut,
    VariantChangeIn,
    VariantIn,
    VariantOut,
)
from core.services import catalog

blp = admin_blueprint("products", __name__, "What is sold: products and their variants.")


@blp.post("/products")
@needs("catalog.write")
@blp.arguments(ProductIn)
@blp.response(201, ProductOut)
@idempotent
def create_product(body: dict[str, Any]) -> Response:
    """Make a product with its variants."""
    with transaction():
        return answer(ProductOut, catalog.create_product(body), 201)


@blp.get("/products")
@needs("catalog.read")
@paged
@blp.arguments(ProductFilter, location="query")
@blp.response(200, ProductOut(many=True))
def list_products(wanted: dict[str, Any]) -> Response:
    """All products, newest first."""
    with reading():
        words = {"category": wanted.get("category"), "words": wanted.get("q"), "on_sale": wanted.get("on_sale")}
        return page(ProductOut, Product, *catalog.search(**words), show=catalog.with_variants)


@blp.get("/products/<code>")
@needs("catalog.read")
@blp.response(200, ProductOut)
def show_product(code: str) -> Response:
    """One product with all its variants."""
    with reading():
        return answer(ProductOut, catalog.with_variants([catalog.product_called(code)])[0])


@blp.patch("/products/<code>")
@needs("catalog.write")
@blp.arguments(ProductChangeIn)
@blp.response(200, ProductOut)
def change_product(body: dict[str, Any], code: str) -> Response:
    """Change a product; If-Match names the version you read. `on_sale: false` takes it off sale."""
    with transaction():
        product = catalog.product_called(code, lock=True)
        check_version(product)
        return answer(ProductOut, catalog.with_variants([catalog.change_product(product, body)])[0])


@blp.post("/products/<code>/variants")
@needs("catalog.write")
@blp.arguments(VariantIn)
@blp.response(201, VariantOut)
@idempotent
def add_variant(body: dict[str, Any], code: str) -> Response:
    """Add a variant to a product."""
    with transaction():
        return answer(VariantOut, catalog.add_variant(catalog.product_called(code, lock=True), body), 201)


@blp.get("/variants/<sku>")
@needs("catalog.read")
@blp.response(200, VariantOut)
def show_variant(sku: str) -> Response:
    """One variant."""
    with reading():
        return answer(VariantOut, catalog.variant_called(sku))


@blp.patch("/variants/<sku>")
@needs("catalog.write")
@blp.arguments(VariantChangeIn)
@blp.response(200, VariantOut)
def change_variant(body: dict[str, Any], sku: str) -> Response:
    """Change a variant; If-Match names the version you read. `enabled: false` takes it off sale."""
    with transaction():
        variant = catalog.variant_called(sku, lock=True)
        check_version(variant)
        return answer(VariantOut, catalog.change_variant(variant, body))
