"""A plugin that does what the storefront tells it to: any adjustments in any layer, any instalments, any holds."""

from collections.abc import Sequence
from typing import Any

from core import AdjustmentDraft, InstalmentDraft, Option, OrderView, Plugin, Quote, fields, hookimpl

LAYERS = ("activity", "member", "promotion", "coupon", "points", "freight")


class Whim(fields.In):
    """One adjustment."""

    layer = fields.Choice(*LAYERS, required=True)
    amount = fields.Money(min=-(10**12), required=True)
    positions = fields.ListOf(fields.Count(max=99), load_default=list)


class Options(fields.In):
    """What a storefront may say under `options.whims`."""

    adjustments = fields.ListOf(fields.Part(Whim), load_default=list)
    deposit_percent = fields.Count(max=100, load_default=0)
    refundable = fields.Choice("always", "merchant_fault", "never", load_default="always")


PLUGIN = Plugin(name="whims", title={"en": "Whims"}, api=">=1,<2")


def _said(thing: Quote | OrderView) -> Any:
    return thing.options.get("whims", {})


@hookimpl
def register_options() -> Option:
    """What may be wished."""
    return Option(Options)


@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """Those of the layer, as they were told; a raise of what costs nothing, or may by then, is left out."""
    drafts = []
    for n, whim in enumerate(_said(quote).get("adjustments", ())):
        if whim["layer"] != layer:
            continue
        positions = tuple(position for position in whim["positions"] if position < len(quote.lines))
        left = [line.left for line in quote.lines if not positions or line.position in positions]
        costs = any(left) and all(draft.amount >= 0 for draft in drafts)
        if whim["amount"] <= 0 or layer == "freight" or costs:
            drafts.append(AdjustmentDraft(f"whim {n}", whim["amount"], positions))
    return drafts


@hookimpl
def choose_instalments(quote: Quote) -> Sequence[InstalmentDraft] | None:
    """A deposit and the rest."""
    deposit = quote.payable * _said(quote).get("deposit_percent", 0) // 100
    if not 0 < deposit < quote.payable:
        return None
    return [
        InstalmentDraft(deposit, refundable=_said(quote)["refundable"]),
        InstalmentDraft(quote.payable - deposit),
    ]
