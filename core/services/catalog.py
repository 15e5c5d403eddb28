"""What is sold: making and changing products and variants, finding them, and how many units can be promised."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError

from core import clock
from core.current import current_merchant
from core.db import add, all_of, among, db, fetch, flush, get, require_transaction, with_rows
from core.errors import FieldError, Invalid, NotFound, Refused
from core.models import Product, Stock, Variant, Warehouse

#: a buyer is told at most this many units; a shop need not show its whole stock
SHOWN_AT_MOST = 999
MAX_VARIANTS = 100


@dataclass(frozen=True)
class Card:
    """A product as a shop's list shows it: prices in minor units over its variants, units capped at SHOWN_AT_MOST."""

    product: Product
    currency: str
    price_from: int
    price_to: int
    available: int


@dataclass(frozen=True)
class Offer:
    """A variant a buyer may choose, and how many units can be promised."""

    variant: Variant
    available: int


@dataclass(frozen=True)
class Window:
    """A product as a buyer sees it, with the variants on sale."""

    product: Product
    currency: str
    variants: tuple[Offer, ...]


# ------------------------------------------------------------------------------------------------ changing
def create_product(values: Mapping[str, Any]) -> Product:
    """A new product with its variants, in their order.

    :param values: the product's columns, and ``variants``: a list of the variants' columns.
    :raises Refused: ``code_taken`` or ``sku_taken``. :raises Invalid: one sku twice.
    """
    require_transaction()
    merchant_id = current_merchant().id
    own = {name: value for name, value in values.items() if name != "variants"}
    _refuse_taken_code(own["code"])
    variants: Sequence[Mapping[str, Any]] = values.get("variants", ())
    _refuse_taken_skus([variant["sku"] for variant in variants], "/variants/{}/sku")
    product = add(Product(merchant_id=merchant_id, created_at=clock.now(), pictures=own.pop("pictures", []), **own))
    rows = [
        add(Variant(merchant_id=merchant_id, product_id=product.id, **{"position": position, **variant}))
        for position, variant in enumerate(variants)
    ]
    _write()
    return with_rows(product, variants=sorted(rows, key=lambda row: (row.position, row.id)))


def change_product(product: Product, changes: Mapping[str, Any]) -> Product:
    """Change what *changes* names. Off sale is how a product goes: orders still point at it, so it is never deleted.

    :raises Refused: ``code_taken``.
    """
    if changes.get("code", product.code) != product.code:
        _refuse_taken_code(changes["code"])
    _change(product, changes)
    _write()
    return product


def add_variant(product: Product, values: Mapping[str, Any]) -> Variant:
    """One more variant, last unless ``position`` says otherwise.

    :raises Refused: ``sku_taken``, or the product has MAX_VARIANTS already.
    """
    present = variants_of([product.id])[product.id]
    if len(present) >= MAX_VARIANTS:
        raise Refused(f"A product has at most {MAX_VARIANTS} variants.", code="too_many_variants")
    _refuse_taken_skus([values["sku"]], "/sku")
    last = max((variant.position for variant in present), default=-1)
    fresh = {"position": last + 1, **values}
    variant = add(Variant(merchant_id=product.merchant_id, product_id=product.id, **fresh))
    product.version += 1
    _write()
    return variant


def change_variant(variant: Variant, changes: Mapping[str, Any]) -> Variant:
    """Change what *changes* names; the product's version rises too, for it shows its variants.

    :raises Refused: ``sku_taken``.
    """
    if changes.get("sku", variant.sku) != variant.sku:
        _refuse_taken_skus([changes["sku"]], "/sku")
    _change(variant, changes)
    if changes:
        get(Product, variant.merchant_id, variant.product_id, lock=True).version += 1
    _write()
    return variant


def _change(row: Product | Variant, changes: Mapping[str, Any]) -> None:
    require_transaction()
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += bool(changes)


def _refuse_taken_code(code: str) -> None:
    if all_of(Product, current_merchant().id, Product.code == code):
        raise _taken("code", f"Another product has the code {code!r}.", "/code")


def _refuse_taken_skus(skus: Sequence[str], pointer: str) -> None:
    for number, sku in enumerate(skus):
        if sku in skus[:number]:
            raise Invalid.field(pointer.format(number), f"The sku {sku!r} is here twice.", "sku_twice")
    taken = {variant.sku for variant in variants_by_sku(skus).values()}
    for number, sku in enumerate(skus):
        if sku in taken:
            raise _taken("sku", f"Another variant has the sku {sku!r}.", pointer.format(number))


def _taken(what: str, detail: str, pointer: str) -> Refused:
    return Refused(detail, code=f"{what}_taken", errors=(FieldError(pointer, detail, f"{what}_taken"),))


def _write() -> None:
    # Somebody else may take the same code between our look and our writing: the constraint tells.
    try:
        flush()
    except IntegrityError as error:
        what = "sku" if "variants" in str(error.orig) else "code"
        raise _taken(what, f"Another request has just taken this {what}.", f"/{what}") from error


# ------------------------------------------------------------------------------------------------ finding
_SELLABLE = (
    select(
        Variant.id.label("variant_id"),
        Variant.product_id,
        Variant.sku,
        Variant.title,
        Variant.price,
        Variant.weight_grams,
        Variant.virtual,
        Product.title.label("product_title"),
        Product.category,
    )
    .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
    .where(Variant.merchant_id == bindparam("merchant"), Product.merchant_id == bindparam("merchant"))
    .where(among(Variant.id, "variants"), Variant.enabled, Product.on_sale)
)


def product_called(code: str, *, lock: bool = False, on_sale: bool = False) -> Product:
    """The product with this code.

    :param lock: re-read and locked, for a change. :param on_sale: only if buyers may see it.
    :raises NotFound: there is none.
    """
    query = select(Product).where(Product.merchant_id == current_merchant().id, Product.code == code)
    if on_sale:
        query = query.where(Product.on_sale.is_(True))
    row = db.session().scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no product {code!r} here.")
    return row


def variant_called(sku: str, *, lock: bool = False) -> Variant:
    """The variant with this sku, locked if *lock*.

    :raises NotFound: there is none.
    """
    query = select(Variant).where(Variant.merchant_id == current_merchant().id, Variant.sku == sku)
    row = db.session().scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no variant with the sku {sku!r} here.")
    return row


def variants_by_sku(skus: Collection[str]) -> dict[str, Variant]:
    """sku -> variant, for those there are."""
    found = all_of(Variant, current_merchant().id, Variant.sku.in_(skus)) if skus else []
    return {variant.sku: variant for variant in found}


def variants_of(product_ids: Collection[UUID], *, enabled: bool | None = None) -> dict[UUID, list[Variant]]:
    """Product id -> its variants in their order; one statement for any number of products."""
    where: list[Any] = [Variant.product_id.in_(product_ids)]
    if enabled is not None:
        where.append(Variant.enabled.is_(enabled))
    by_product: dict[UUID, list[Variant]] = {product_id: [] for product_id in product_ids}
    for variant in all_of(Variant, current_merchant().id, *where) if product_ids else ():
        by_product[variant.product_id].append(variant)
    return {key: sorted(rows, key=lambda row: (row.position, row.id)) for key, rows in by_product.items()}


def with_variants(products: Sequence[Product]) -> list[Product]:
    """The same products, their ``variants`` at hand; one statement for any number of products."""
    by_product = variants_of([product.id for product in products])
    return [with_rows(product, variants=by_product[product.id]) for product in products]


def sellable(variant_ids: Collection[UUID]) -> dict[UUID, Any]:
    """Variant id -> what a line of an order is made of, for those a buyer may buy now, whatever the stock."""
    rows = fetch(_SELLABLE, merchant=current_merchant().id, variants=variant_ids) if variant_ids else ()
    return {row.variant_id: row for row in rows}


def search(*, category: str | None = None, words: str | None = None, on_sale: bool | None = None) -> list[Any]:
    """Conditions on products: of this *category*, with *words* somewhere in the title, on sale or not."""
    where: list[Any] = []
    if category is not None:
        where.append(Product.category == category)
    if words is not None:
        where.append(Product.title.icontains(words, autoescape=True))
    if on_sale is not None:
        where.append(Product.on_sale.is_(on_sale))
    return where


# ------------------------------------------------------------------------------------------------ stock to show
def available_units(variants: Iterable[Variant]) -> dict[UUID, int]:
    """Variant id -> units that open warehouses can still promise, at most SHOWN_AT_MOST; a virtual one never ends."""
    shown = {variant.id: SHOWN_AT_MOST if variant.virtual else 0 for variant in variants}
    counted = [variant_id for variant_id, units in shown.items() if not units]
    if counted:
        for variant_id, units in db.session().execute(_promised(Stock.variant_id.in_(counted))):
            shown[variant_id] = min(units, SHOWN_AT_MOST)
    return shown


def free_units(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Variant id -> units that open warehouses can still promise, however many."""
    free = dict.fromkeys(variant_ids, 0)
    rows = db.session().execute(_promised(Stock.variant_id.in_(free))) if free else ()
    return free | {variant_id: int(units) for variant_id, units in rows}


def _promised(condition: Any) -> Any:
    merchant_id = current_merchant().id
    return (
        select(Stock.variant_id, func.sum(Stock.on_hand - Stock.reserved))
        .join(Warehouse, (Warehouse.merchant_id == Stock.merchant_id) & (Warehouse.id == Stock.warehouse_id))
        .where(Stock.merchant_id == merchant_id, Warehouse.merchant_id == merchant_id, Warehouse.enabled.is_(True))
        .where(condition)
        .group_by(Stock.variant_id)
    )


def cards(products: Sequence[Product]) -> list[Card]:
    """The products as a shop's list shows them; two statements for any number of products."""
    by_product = variants_of([product.id for product in products], enabled=True)
    units = available_units([variant for rows in by_product.values() for variant in rows])
    found = []
    for product in products:
        rows = by_product[product.id]
        prices = [variant.price for variant in rows] or [0]
        available = min(SHOWN_AT_MOST, sum(units[variant.id] for variant in rows))
        found.append(Card(product, current_merchant().currency, min(prices), max(prices), available))
    return found


def window(product: Product) -> Window:
    """The product as a buyer sees it."""
    rows = variants_of([product.id], enabled=True)[product.id]
    units = available_units(rows)
    return Window(product, current_merchant().currency, tuple(Offer(row, units[row.id]) for row in rows))
