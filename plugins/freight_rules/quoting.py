"""What templates say to a quote: its freight, and no to what they do not serve; read once for one quote."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from core import (
    FieldError,
    Invalid,
    Product,
    Quote,
    QuoteLine,
    Refused,
    Store,
    Variant,
    all_of,
    current_merchant,
    db,
    find,
    setting,
)
from plugins.freight_rules.charging import Charge, Part, charge
from plugins.freight_rules.models import FreightTemplate

NAME = "freight_rules"


def freight(quote: Quote, settings: Any) -> int | None:
    """The freight by the templates, or None where none of them speaks."""
    found = _charge(quote, settings)
    return found.amount if found else None


def refuse_unserved(quote: Quote, settings: Any) -> None:
    """:raises Refused: some lines are not sent to this region."""
    found = _charge(quote, settings)
    if found is None or not found.unserved:
        return
    region = (quote.receiver or {}).get("region")
    where = f"the region {region}" if region else "an address without a region code"
    raise Refused(
        f"Some of this is not sent to {where}.",
        code="region_not_served",
        errors=tuple(
            FieldError(f"/lines/{line.position}", f"{line.sku} is not sent to {where}.", "region_not_served")
            for part in found.unserved
            for line in part.lines
        ),
    )


def previewed(lines: Sequence[dict[str, Any]], region: str | None, store_id: UUID | None, several: str) -> Charge:
    """What these variants would cost to *region*, whoever orders them.

    :raises Invalid: there is no such variant on sale, or no such store.
    """
    merchant_id = current_merchant().id
    if store_id is not None and find(Store, merchant_id, store_id) is None:
        raise Invalid.field("/store_id", "There is no such store.", "unknown_store")
    variants = {
        row.id: row for row in all_of(Variant, merchant_id, Variant.id.in_([one["variant_id"] for one in lines]))
    }
    wanted = {row.product_id for row in variants.values() if row.enabled}
    products = {row.id: row for row in all_of(Product, merchant_id, Product.id.in_(wanted), Product.on_sale)}
    errors = [
        FieldError(f"/lines/{n}/variant_id", "There is no such variant on sale.", "not_on_sale")
        for n, one in enumerate(lines)
        if one["variant_id"] not in variants or variants[one["variant_id"]].product_id not in products
    ]
    if errors:
        raise Invalid("Some lines cannot be bought.", code="lines_refused", errors=errors)
    drafts = [
        _line(n, variants[one["variant_id"]], products[variants[one["variant_id"]].product_id], one["quantity"])
        for n, one in enumerate(lines)
    ]
    flat = int(str(setting("freight_flat")))
    found = charge(drafts, in_force(merchant_id, store_id), region=region or "", flat=flat, several=several)
    return found or _flat(drafts, flat)


def in_force(merchant_id: int, store_id: UUID | None) -> list[FreightTemplate]:
    """The templates that are on, for this store."""
    table = FreightTemplate
    whose: Any = (
        table.store_id.is_(None) if store_id is None else or_(table.store_id.is_(None), table.store_id == store_id)
    )
    return all_of(table, merchant_id, table.enabled, whose)


# ---------------------------------------------------------------------------------------------- inside
def _charge(quote: Quote, settings: Any) -> Charge | None:
    """Reckoned once for freight and check."""
    if quote.receiver is None or quote.delivery_method not in settings["methods"]:
        return None
    mind: dict[Any, Any] = db.session().info.setdefault(NAME, {})
    key = (
        quote.customer_id,
        quote.at,
        quote.receiver.get("region"),
        tuple((row.variant_id, row.quantity) for row in quote.lines),
    )
    if key not in mind:
        mind[key] = charge(
            quote.lines,
            in_force(quote.merchant_id, quote.store_id),
            region=str(quote.receiver.get("region") or ""),
            flat=int(str(setting("freight_flat"))),
            several=settings["several_templates"],
        )
    found: Charge | None = mind[key]
    return found


def _line(position: int, variant: Variant, product: Product, quantity: int) -> QuoteLine:
    amount = variant.price * quantity
    return QuoteLine(
        position=position,
        variant_id=variant.id,
        product_id=product.id,
        sku=variant.sku,
        title=product.title,
        category=product.category,
        unit_price=variant.price,
        quantity=quantity,
        amount=amount,
        left=amount,
        weight_grams=variant.weight_grams * quantity,
        virtual=variant.virtual,
    )


def _flat(lines: Sequence[QuoteLine], flat: int) -> Charge:
    """What it costs where no template is for any of the lines: the shop's flat freight."""
    sent = tuple(line for line in lines if not line.virtual)
    units = sum(line.quantity for line in sent)
    return Charge((Part(None, sent, units, None, free=False, amount=flat),) if sent else ())
