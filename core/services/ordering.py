"""From the wire's words to a wish: stores by code, options by plugin; and a quote back into plain values."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.contracts.checkout import EntryLine
from core.current import current_merchant
from core.db import all_of
from core.errors import Invalid
from core.models import Store
from core.services.options import load_options
from core.services.pricing import Priced, Wish


def wish_of(body: Mapping[str, Any], customer_id: UUID) -> Wish:
    """What a loaded quote or order body asks for.

    :raises Invalid: a store or options that are not there.
    """
    delivery = body["delivery"]
    store, pickup = _store(body["store"], "/store"), _store(delivery["store"], "/delivery/store")
    return Wish(
        customer_id=customer_id,
        entry=body["entry"],
        lines=tuple(EntryLine(line["variant_id"], line["quantity"]) for line in body["lines"]),
        delivery_method=delivery["method"],
        receiver=delivery["receiver"],
        store_id=store or pickup,
        options=load_options(body["options"]),
    )


def quote_values(priced: Priced) -> dict[str, Any]:
    """A quote as plain values, in the shape of ``QuoteOut``."""
    quote = priced.quote
    return {
        "currency": quote.currency,
        "lines": quote.lines,
        "adjustments": priced.adjustments,
        "goods_amount": sum(line.amount for line in quote.lines),
        "freight_amount": quote.freight,
        "payable": quote.payable,
    }


def _store(code: str | None, pointer: str) -> UUID | None:
    if code is None:
        return None
    found = all_of(Store, current_merchant().id, Store.code == code, Store.enabled)
    if not found:
        raise Invalid.field(pointer, f"There is no open store {code!r}.", "unknown_store")
    return found[0].id
