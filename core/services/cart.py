"""A buyer's cart: what they mean to buy. It promises nothing; stock and price are asked at checkout."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from core.current import current_merchant
from core.db import add, all_of, db, find, flush, get, require_transaction
from core.errors import Invalid, NotFound, Refused
from core.models import CartLine, Customer, Product, Variant
from core.services import catalog

MAX_LINES = 100
MAX_QUANTITY = 9_999


@dataclass(frozen=True)
class CartItem:
    """A line as the buyer sees it. Minor units; *buyable* False: its variant is off sale, and it counts for nothing."""

    line: CartLine
    product: Product
    variant: Variant
    available: int
    buyable: bool

    @property
    def amount(self) -> int:
        """Price times quantity now."""
        return self.variant.price * self.line.quantity


@dataclass(frozen=True)
class Cart:
    """All of a buyer's lines, oldest first, with the sum of those that can be bought."""

    items: tuple[CartItem, ...]
    currency: str

    @property
    def goods_amount(self) -> int:
        """Minor units of all buyable lines at list price."""
        return sum(item.amount for item in self.items if item.buyable)


def lines_of(customer_id: UUID) -> list[CartLine]:
    """The buyer's lines, oldest first."""
    return all_of(CartLine, current_merchant().id, CartLine.customer_id == customer_id)


def cart_of(customer_id: UUID) -> Cart:
    """The buyer's cart with prices and stock as they are now; four statements for any number of lines."""
    merchant_id, lines = current_merchant().id, lines_of(customer_id)
    ids = {line.variant_id for line in lines}
    variants = {row.id: row for row in all_of(Variant, merchant_id, Variant.id.in_(ids))} if ids else {}
    wanted = {row.product_id for row in variants.values()}
    products = {row.id: row for row in all_of(Product, merchant_id, Product.id.in_(wanted))} if wanted else {}
    units = catalog.available_units(variants.values())
    items = []
    for line in lines:
        variant = variants[line.variant_id]
        product = products[variant.product_id]
        items.append(CartItem(line, product, variant, units[variant.id], variant.enabled and product.on_sale))
    return Cart(tuple(items), current_merchant().currency)


def add_line(customer_id: UUID, wish: Mapping[str, Any]) -> CartLine:
    """Put units of a variant into the cart, on top of those already there.

    :param wish: ``sku`` or ``variant_id``, and ``quantity``.
    :raises Invalid: no such variant, or one that is off sale; more than MAX_QUANTITY of it.
    :raises Refused: the cart is full.
    """
    require_transaction()
    variant_id = _wished(wish)
    lines = _locked_lines(customer_id)
    quantity: int = wish["quantity"]
    for line in lines:
        if line.variant_id == variant_id:
            return _set_quantity(line, line.quantity + quantity)
    if len(lines) >= MAX_LINES:
        raise Refused(f"A cart holds at most {MAX_LINES} lines.", code="cart_full")
    line = CartLine(merchant_id=current_merchant().id, customer_id=customer_id, variant_id=variant_id, quantity=0)
    add(_set_quantity(line, quantity))
    flush()
    return line


def change_line(customer_id: UUID, line_id: UUID, quantity: int) -> CartLine:
    """Set how many units of a line are wanted.

    :raises NotFound: the buyer has no such line. :raises Invalid: more than MAX_QUANTITY.
    """
    require_transaction()
    _lock(customer_id)
    line = _set_quantity(_own_line(customer_id, line_id), quantity)
    flush()
    return line


def remove_line(customer_id: UUID, line_id: UUID) -> None:
    """Take a line out of the cart.

    :raises NotFound: the buyer has no such line.
    """
    remove_lines(customer_id, [_own_line(customer_id, line_id).variant_id])


def remove_lines(customer_id: UUID, variant_ids: Collection[UUID]) -> None:
    """Take these variants out of the cart; those that are not in it are no error."""
    require_transaction()
    if variant_ids:
        db.session().execute(
            delete(CartLine).where(
                CartLine.merchant_id == current_merchant().id,
                CartLine.customer_id == customer_id,
                CartLine.variant_id.in_(variant_ids),
            )
        )


def empty(customer_id: UUID) -> None:
    """Take everything out of the cart."""
    remove_lines(customer_id, [line.variant_id for line in lines_of(customer_id)])


def _wished(wish: Mapping[str, Any]) -> UUID:
    if ("sku" in wish) == ("variant_id" in wish):
        raise Invalid.field("/sku", "Name the variant by sku or by variant_id, one of the two.", "one_of_two")
    named = "sku" if "sku" in wish else "variant_id"
    found = catalog.variants_by_sku([wish["sku"]]).get(wish["sku"]) if named == "sku" else None
    variant_id: UUID | None = found.id if found else wish.get("variant_id")
    if variant_id is None or variant_id not in catalog.sellable([variant_id]):
        raise Invalid.field(f"/{named}", f"Nothing is on sale under {named} {wish[named]!s}.", "not_on_sale")
    return variant_id


def _lock(customer_id: UUID) -> None:
    # Two requests of one buyer, side by side, must not make two lines of one variant.
    get(Customer, current_merchant().id, customer_id, lock=True)


def _locked_lines(customer_id: UUID) -> list[CartLine]:
    _lock(customer_id)
    return lines_of(customer_id)


def _own_line(customer_id: UUID, line_id: UUID) -> CartLine:
    line = find(CartLine, current_merchant().id, line_id)
    if line is None or line.customer_id != customer_id:
        raise NotFound("There is no such line in your cart.")
    return line


def _set_quantity(line: CartLine, quantity: int) -> CartLine:
    if quantity > MAX_QUANTITY:
        raise Invalid.field("/quantity", f"At most {MAX_QUANTITY} units of one variant.", "out_of_range")
    line.quantity = quantity
    return line
