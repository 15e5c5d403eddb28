"""Freight templates on the wire, and what a cart would cost to a region."""

from core import fields

MOST_REGIONS, MOST_PREFIXES, MOST_GOODS, MOST_LINES = 100, 100, 1000, 100
#: one hundred tonnes in grams, and as much of anything else
MOST_UNITS = 100_000_000
PREFIXES = "region codes, by prefix; the longest that fits counts; none = everywhere else"


class RegionIn(fields.In):
    """What it costs in some regions: the first units cost `first_price`, every `more_units` begun cost `more_price`."""

    prefixes = fields.ListOf(fields.Region(), max=MOST_PREFIXES, load_default=list, metadata={"description": PREFIXES})
    served = fields.Flag(load_default=True, metadata={"description": "false: orders to here are refused"})
    first_units = fields.Count(min=1, max=MOST_UNITS, load_default=1)
    first_price = fields.Money(load_default=0)
    more_units = fields.Count(min=1, max=MOST_UNITS, load_default=1)
    more_price = fields.Money(load_default=0)
    free_from = fields.Money(
        min=1, load_default=None, allow_none=True, metadata={"description": "from here on nothing is charged"}
    )
    free_by = fields.Choice(
        "amount", "pieces", load_default="amount", metadata={"description": "what free_from counts"}
    )


class TemplateChangeIn(fields.In):
    """What shall change of a template; what is left out stays."""

    name = fields.Text(100)
    counts = fields.Choice("weight", "pieces", "amount", metadata={"description": "grams, pieces, or minor units"})
    store_id = fields.Identifier(allow_none=True, metadata={"description": "none: for every store"})
    product_ids = fields.ListOf(fields.Identifier(), max=MOST_GOODS)
    categories = fields.ListOf(fields.Text(100), max=MOST_GOODS)
    regions = fields.ListOf(RegionIn, min=1, max=MOST_REGIONS)
    enabled = fields.Flag()
    position = fields.Count(max=1000, metadata={"description": "of two that fit equally well, the lower one"})


class TemplateIn(TemplateChangeIn):
    """A new template; with no products and no categories it is for all that no other template names."""

    name = fields.Text(100, required=True)
    counts = fields.Choice(
        "weight", "pieces", "amount", required=True, metadata={"description": "grams, pieces, or minor units"}
    )
    regions = fields.ListOf(RegionIn, required=True, min=1, max=MOST_REGIONS)


class RegionOut(fields.Out):
    """What it costs in some regions."""

    prefixes = fields.ListOf(fields.Region(), max=MOST_PREFIXES)
    served = fields.Flag()
    first_units = fields.Count(max=MOST_UNITS)
    first_price = fields.Money()
    more_units = fields.Count(max=MOST_UNITS)
    more_price = fields.Money()
    free_from = fields.Money(allow_none=True)
    free_by = fields.Choice("amount", "pieces")


class TemplateOut(fields.Out):
    """A template."""

    id = fields.Identifier()
    name = fields.Text(100)
    counts = fields.Choice("weight", "pieces", "amount")
    store_id = fields.Identifier(allow_none=True)
    product_ids = fields.ListOf(fields.Text(100), max=MOST_GOODS)
    categories = fields.ListOf(fields.Text(100), max=MOST_GOODS)
    regions = fields.ListOf(RegionOut, max=MOST_REGIONS)
    enabled = fields.Flag()
    position = fields.Count(max=1000)
    created_at = fields.Moment()


class TemplatesIn(fields.QueryIn):
    """Which templates."""

    enabled = fields.Flag()
    store_id = fields.Identifier()


class PreviewLineIn(fields.In):
    """So many of a variant."""

    variant_id = fields.Identifier(required=True)
    quantity = fields.Count(min=1, max=9_999, required=True)


class PreviewIn(fields.In):
    """What would be sent, and where."""

    lines = fields.ListOf(PreviewLineIn, required=True, min=1, max=MOST_LINES)
    region = fields.Region(load_default=None, allow_none=True)
    store_id = fields.Identifier(load_default=None, allow_none=True)


class PartOut(fields.Out):
    """What one template charges; with no template, the shop's flat freight."""

    template_id = fields.Identifier(allow_none=True)
    name = fields.Text(100, allow_none=True)
    positions = fields.ListOf(fields.Count())
    units = fields.Count(max=10**18, metadata={"description": "grams, pieces, or minor units"})
    served = fields.Flag()
    free = fields.Flag()
    amount = fields.Money()


class PreviewOut(fields.Out):
    """What it would cost, template by template."""

    currency = fields.Currency()
    served = fields.Flag(metadata={"description": "false: some lines cannot be sent there"})
    amount = fields.Money(allow_none=True)
    parts = fields.ListOf(PartOut)
