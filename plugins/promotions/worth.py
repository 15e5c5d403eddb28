"""What promotions take off, layer by layer: whole minor units, by priority, never more than the lines have left."""

from collections.abc import Callable, Mapping, Sequence

from core import AdjustmentDraft, Quote, QuoteLine, allocate, current_merchant
from plugins.promotions.models import Promotion

#: kind -> the layer it falls in
LAYER_OF: Mapping[str, str] = {
    "steps": "promotion",
    "percentage": "promotion",
    "free_freight": "freight",
    "member_percentage": "member",
    "member_prices": "member",
}
WHOLE = 10_000
#: position -> minor units
Parts = Mapping[int, int]


def drafts(quote: Quote, layer: str, promotions: Sequence[Promotion]) -> list[AdjustmentDraft]:
    """What those of *layer* take off. An exclusive one is taken alone: only if nothing was before, and nothing after.

    Thresholds look at what lines come to when the layer begins; percentages at what is left after those before.
    """
    mine = [one for one in promotions if LAYER_OF[one.kind] == layer]
    found: list[AdjustmentDraft] = []
    left = {line.position: line.left for line in quote.lines}
    freight, priced = quote.freight_left, set[int]()
    for one in sorted(mine, key=lambda each: (-each.priority, each.id)):
        if one.exclusive and found:
            continue
        lines = [line for line in quote.lines if covers(one, line)]
        if layer == "freight":
            made = _free_freight(one, lines, freight)
            freight += sum(draft.amount for draft in made)
        else:
            made = _off_lines(one, lines, left, priced)
        found += made
        if made and one.exclusive:
            break
    return found


def covers(promotion: Promotion, line: QuoteLine) -> bool:
    """Whether it is for this line."""
    named = {"all": None, "categories": line.category, "skus": line.sku}[promotion.scope]
    return promotion.scope == "all" or named in promotion.scope_values


def title_of(promotion: Promotion) -> str:
    """In the merchant's language, or in any."""
    language = current_merchant().language.partition("-")[0]
    return str(promotion.title.get(language) or next(iter(promotion.title.values())))


# ---------------------------------------------------------------------------------------------- each kind
def _steps(one: Promotion, lines: Sequence[QuoteLine], left: Parts) -> Parts:
    """The dearest step that is reached; equality reaches it."""
    base = sum(line.left for line in lines)
    amount = next((step["amount"] for step in one.steps if base >= step["threshold"]), 0)
    return _spread(amount, lines, left)


def _percentage(one: Promotion, lines: Sequence[QuoteLine], left: Parts) -> Parts:
    """A part of a minor unit is the merchant's."""
    if sum(line.left for line in lines) < one.threshold:
        return {}
    amount = sum(left[line.position] for line in lines) * one.basis_points // WHOLE
    return _spread(amount if one.cap is None else min(amount, one.cap), lines, left)


def _prices(one: Promotion, lines: Sequence[QuoteLine], left: Parts) -> Parts:
    """Down to the member's price of each unit, never up to it."""
    dearer = {line.position: left[line.position] - one.prices[line.sku] * line.quantity
              for line in lines if line.sku in one.prices}  # fmt: skip
    return {position: part for position, part in dearer.items() if part > 0}


OFF: Mapping[str, Callable[[Promotion, Sequence[QuoteLine], Parts], Parts]] = {
    "steps": _steps,
    "percentage": _percentage,
    "member_percentage": _percentage,
    "member_prices": _prices,
}


def _spread(amount: int, lines: Sequence[QuoteLine], left: Parts) -> Parts:
    """*amount* over what is left of *lines*, as checkout spreads it."""
    weights = [left[line.position] for line in lines]
    amount = min(amount, sum(weights))
    if amount <= 0:
        return {}
    parts = allocate(amount, weights, weights)
    return {line.position: part for line, part in zip(lines, parts, strict=True) if part}


def _off_lines(
    one: Promotion, lines: Sequence[QuoteLine], left: dict[int, int], priced: set[int]
) -> list[AdjustmentDraft]:
    """Its drafts; *left* and *priced* (lines that have a member's price) are brought up to date."""
    if one.kind.startswith("member"):
        # a line has one member's price
        lines = [line for line in lines if line.position not in priced]
    parts = OFF[one.kind](one, lines, left)
    for position, part in parts.items():
        left[position] -= part
    if one.kind.startswith("member"):
        priced.update(parts)
    title, ref = title_of(one), str(one.id)
    if one.kind == "member_prices":
        return [AdjustmentDraft(title, -part, (position,), ref) for position, part in parts.items()]
    return [AdjustmentDraft(title, -sum(parts.values()), tuple(line.position for line in lines), ref)] if parts else []


def _free_freight(one: Promotion, lines: Sequence[QuoteLine], freight: int) -> list[AdjustmentDraft]:
    """The freight, or as much of it as the cap says, once the lines it covers come to the threshold."""
    off = freight if one.cap is None else min(freight, one.cap)
    if off <= 0 or not lines or sum(line.left for line in lines) < one.threshold:
        return []
    return [AdjustmentDraft(title_of(one), -off, (), str(one.id))]
