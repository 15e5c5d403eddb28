"""A buyer's cart on the wire."""

from core.schemas.fields import Code, Count, Currency, Flag, Identifier, In, ListOf, Money, Out, Text, Url


class CartLineIn(In):
    """Units of a variant, named by `sku` or `variant_id`; they are added to those already in the cart."""

    sku = Code(max=60)
    variant_id = Identifier()
    quantity = Count(min=1, max=9_999, load_default=1)


class QuantityIn(In):
    """How many units are wanted now."""

    quantity = Count(min=1, max=9_999, required=True)


class CartLineOut(Out):
    """A line of the cart, with price and stock as they are now."""

    id = Identifier(attribute="line.id")
    variant_id = Identifier(attribute="variant.id")
    sku = Code(max=60, attribute="variant.sku")
    product = Code(max=60, attribute="product.code", metadata={"description": "the product's code"})
    title = Text(200, attribute="product.title")
    variant_title = Text(200, min=0, attribute="variant.title")
    pictures = ListOf(Url(), attribute="product.pictures")
    unit_price = Money(attribute="variant.price")
    quantity = Count(attribute="line.quantity")
    amount = Money(metadata={"description": "unit price times quantity"})
    available = Count(metadata={"description": "units that can be promised now, at most 999 are told"})
    buyable = Flag(metadata={"description": "false: off sale; it counts for nothing until it is back"})


class CartOut(Out):
    """The buyer's cart."""

    currency = Currency()
    goods_amount = Money(metadata={"description": "minor units of all buyable lines, before discounts and freight"})
    lines = ListOf(CartLineOut, attribute="items")
