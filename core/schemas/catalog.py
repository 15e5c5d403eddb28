"""Products and variants on the wire."""

from core.schemas.fields import (
    Code,
    Count,
    Currency,
    Flag,
    Identifier,
    In,
    ListOf,
    Moment,
    Money,
    Out,
    QueryIn,
    Text,
    Url,
)

MAX_VARIANTS = 100
_UNITS = {"description": "units that can be promised now, at most 999 are told; a virtual variant always says 999"}


class VariantChangeIn(In):
    """What shall change of a variant; what is left out stays."""

    sku = Code(max=60)
    title = Text(200, min=0)
    price = Money(metadata={"description": "minor units"})
    weight_grams = Count(max=10_000_000)
    virtual = Flag(metadata={"description": "nothing to send and nothing to count"})
    enabled = Flag()
    position = Count(max=10_000, metadata={"description": "its place among the product's variants"})


class VariantIn(VariantChangeIn):
    """A new variant."""

    sku = Code(max=60, required=True)
    price = Money(required=True, metadata={"description": "minor units"})


class ProductChangeIn(In):
    """What shall change of a product; what is left out stays. `on_sale: false` hides it from buyers."""

    code = Code(max=60)
    title = Text(200)
    description = Text(10_000, min=0)
    category = Text(100, allow_none=True)
    pictures = ListOf(Url(max=500), max=20, metadata={"description": "addresses; the first is the main one"})
    on_sale = Flag()


class ProductIn(ProductChangeIn):
    """A new product with its variants."""

    code = Code(max=60, required=True)
    title = Text(200, required=True)
    variants = ListOf(VariantIn, max=MAX_VARIANTS, load_default=list)


class VariantOut(Out):
    """A variant as staff see it."""

    id = Identifier()
    sku = Code(max=60)
    title = Text(200, min=0)
    price = Money()
    weight_grams = Count()
    virtual = Flag()
    enabled = Flag()
    position = Count()
    version = Count()


class ProductOut(Out):
    """A product as staff see it, with all its variants."""

    id = Identifier()
    code = Code(max=60)
    title = Text(200)
    description = Text(10_000, min=0)
    category = Text(100, allow_none=True)
    pictures = ListOf(Url())
    on_sale = Flag()
    version = Count()
    created_at = Moment()
    variants = ListOf(VariantOut)


class ProductFilter(QueryIn):
    """Which products staff want to see."""

    category = Text(100)
    q = Text(60, min=1, metadata={"description": "words somewhere in the title"})
    on_sale = Flag()


class ShopFilter(QueryIn):
    """Which products a buyer wants to see."""

    category = Text(100)
    q = Text(60, min=1, metadata={"description": "words somewhere in the title"})


class CardOut(Out):
    """A product as a shop's list shows it."""

    code = Code(max=60, attribute="product.code")
    title = Text(200, attribute="product.title")
    category = Text(100, allow_none=True, attribute="product.category")
    pictures = ListOf(Url(), attribute="product.pictures")
    currency = Currency()
    price_from = Money(metadata={"description": "minor units of its cheapest variant"})
    price_to = Money(metadata={"description": "minor units of its dearest variant"})
    available = Count(metadata=_UNITS)


class ShopVariantOut(Out):
    """A variant as a buyer sees it."""

    id = Identifier(attribute="variant.id")
    sku = Code(max=60, attribute="variant.sku")
    title = Text(200, min=0, attribute="variant.title")
    price = Money(attribute="variant.price")
    virtual = Flag(attribute="variant.virtual")
    available = Count(metadata=_UNITS)


class ShopProductOut(Out):
    """A product as a buyer sees it, with the variants that are on sale."""

    code = Code(max=60, attribute="product.code")
    title = Text(200, attribute="product.title")
    description = Text(10_000, min=0, attribute="product.description")
    category = Text(100, allow_none=True, attribute="product.category")
    pictures = ListOf(Url(), attribute="product.pictures")
    currency = Currency()
    variants = ListOf(ShopVariantOut)
