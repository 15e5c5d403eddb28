"""What coupons take off: whole minor units, in one fixed order, never more than the lines they cover have left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core import AdjustmentDraft, FieldError, QuoteLine, Refused, allocate, current_merchant, format_money
from plugins.coupons.models import Coupon, CouponTemplate

#: amounts first, percentages of what is left then
ORDER = ("fixed", "threshold", "percentage")
WHOLE = 10_000


@dataclass(frozen=True)
class Chosen:
    """A coupon that may be used, and where the storefront named it. *coupon* is None for a public code."""

    template: CouponTemplate
    coupon: Coupon | None
    pointer: str

    @property
    def ref(self) -> str:
        """What the order's adjustment calls it: the code, or the coupon's id."""
        return str(self.coupon.id) if self.coupon else str(self.template.code)

    @property
    def turn(self) -> tuple[bool, int, UUID]:
        """Its place: the one that does not stack, then by kind, then by age, however they were named."""
        return self.template.stackable, ORDER.index(self.template.kind), self.template.id

    def refused(self, code: str, why: str) -> Refused:
        """The refusal of this coupon."""
        return Refused(f"The coupon {self.ref} {why}", code=code, errors=(FieldError(self.pointer, why, code),))


def covers(template: CouponTemplate, line: QuoteLine) -> bool:
    """Whether the coupon is for this line."""
    named = {"all": None, "categories": line.category, "skus": line.sku}[template.scope]
    return template.scope == "all" or named in template.scope_values


def off(template: CouponTemplate, left: int) -> int:
    """How much it takes off lines that have *left* left; a part of a minor unit is the merchant's."""
    if template.kind == "percentage":
        wanted = left * template.basis_points // WHOLE
        wanted = wanted if template.cap is None else min(wanted, template.cap)
    else:
        wanted = template.amount
    return min(wanted, left)


def drafts(lines: Sequence[QuoteLine], chosen: Sequence[Chosen]) -> list[AdjustmentDraft]:
    """What each takes off, in their order. Thresholds are about what lines come to before any coupon.

    :raises Refused: one that does not fit, or two that do not go together.
    """
    _go_together(chosen)
    left = {line.position: line.left for line in lines}
    found = []
    for one in sorted(chosen, key=lambda each: each.turn):
        mine = [line for line in lines if covers(one.template, line)]
        _fits(one, mine)
        weights = [left[line.position] for line in mine]
        amount = off(one.template, sum(weights))
        if amount == 0:
            raise one.refused("coupon_no_use", "takes nothing off here: leave it out.")
        budget = one.template.budget_money
        if budget is not None and one.template.spent + amount > budget:
            raise one.refused("coupon_sold_out", "is used up.")
        for line, part in zip(mine, allocate(amount, weights, weights), strict=True):
            left[line.position] -= part
        found.append(
            AdjustmentDraft(
                title_of(one.template.title), -amount, tuple(line.position for line in mine if line.left), one.ref
            )
        )
    return found


def title_of(title: Mapping[str, str]) -> str:
    """In the merchant's language, or in any."""
    language = current_merchant().language.partition("-")[0]
    return title.get(language) or next(iter(title.values()))


def _go_together(chosen: Sequence[Chosen]) -> None:
    alone = [one for one in chosen if not one.template.stackable]
    if len(alone) > 1:
        raise alone[1].refused("coupon_not_stackable", f"does not go together with {alone[0].ref}: use one of them.")
    seen: set[UUID] = set()
    for one in chosen:
        if one.template.id in seen:
            raise one.refused("coupon_twice", "is of the same kind as another one here: one of a kind per order.")
        seen.add(one.template.id)


def _fits(one: Chosen, mine: Sequence[QuoteLine]) -> None:
    if not mine:
        named = ", ".join(one.template.scope_values)
        raise one.refused("coupon_not_for_these", f"is for {one.template.scope} {named}: nothing of it is here.")
    base, needed = sum(line.left for line in mine), one.template.threshold
    if base < needed:
        here, wanted = (format_money(money, current_merchant().currency) for money in (base, needed))
        raise one.refused("coupon_below_threshold", f"is good from {wanted} on: what it covers comes to {here}.")
