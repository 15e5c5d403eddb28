"""What sending costs: lines find their template, templates their region, and whole numbers do the rest. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import QuoteLine
from plugins.freight_rules.models import FreightTemplate

Region = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """What one template charges for its lines; *template* None = lines that no template is for."""

    template: FreightTemplate | None
    lines: tuple[QuoteLine, ...]
    units: int
    region: Region | None
    free: bool
    amount: int = 0

    @property
    def served(self) -> bool:
        """Whether these lines may be sent there."""
        return self.template is None or (self.region is not None and bool(self.region["served"]))


@dataclass(frozen=True)
class Charge:
    """What it comes to."""

    parts: tuple[Part, ...]

    @property
    def amount(self) -> int:
        """Minor units in all."""
        return sum(part.amount for part in self.parts)

    @property
    def unserved(self) -> tuple[Part, ...]:
        """What cannot be sent there."""
        return tuple(part for part in self.parts if not part.served)


def charge(
    lines: Sequence[QuoteLine],
    templates: Sequence[FreightTemplate],
    *,
    region: str,
    flat: int,
    several: str = "add_up",
) -> Charge | None:
    """What sending *lines* to *region* costs; None if no template is for any of them.

    :param templates: those in force, for the store already. :param flat: what lines without a template cost, once.
    :param several: ``add_up``, or ``dearest_first_unit``: of all templates only the dearest first price is charged,
        and whatever else is sent costs what more units cost.
    """
    by_template: dict[UUID | None, list[QuoteLine]] = {}
    known = {template.id: template for template in templates}
    ordered = sorted(templates, key=lambda row: (row.store_id is None, row.position, row.id))
    for line in lines:
        if not line.virtual:
            found = _template_of(line, ordered)
            by_template.setdefault(found.id if found else None, []).append(line)
    if not set(by_template) - {None}:
        return None
    parts = [_measured(known.get(key) if key else None, rows, region) for key, rows in by_template.items()]
    return Charge(tuple(_priced(parts, flat, several)))


def region_of(template: FreightTemplate, region: str) -> Region | None:
    """The rule with the longest prefix of *region*, or the one for everywhere else."""
    best: Region | None = None
    longest = -1
    for rule in template.regions:
        for prefix in rule["prefixes"] or ("",):
            if region.startswith(prefix) and len(prefix) > longest:
                best, longest = rule, len(prefix)
    return best


def cost(rule: Region, units: int) -> int:
    """The first units, and every further step begun."""
    return int(rule["first_price"]) + _steps(units - rule["first_units"], rule["more_units"]) * int(rule["more_price"])


# ---------------------------------------------------------------------------------------------- inside
def _template_of(line: QuoteLine, ordered: Sequence[FreightTemplate]) -> FreightTemplate | None:
    """By its product, else its category, else the default; a store's own before everybody's."""
    product = str(line.product_id)
    fits = (
        lambda row: product in row.product_ids,
        lambda row: line.category in row.categories,
        lambda row: row.is_default,
    )
    return next((row for fit in fits for row in ordered if fit(row)), None)


def _measured(template: FreightTemplate | None, lines: Sequence[QuoteLine], region: str) -> Part:
    if template is None:
        return Part(None, tuple(lines), sum(line.quantity for line in lines), None, free=False)
    counted = {
        "weight": sum(line.weight_grams for line in lines),
        "pieces": sum(line.quantity for line in lines),
        "amount": sum(line.amount for line in lines),
    }
    rule = region_of(template, region)
    free = rule is not None and rule["free_from"] is not None and counted[rule["free_by"]] >= rule["free_from"]
    return Part(template, tuple(lines), counted[template.counts], rule, free=free)


def _priced(parts: Sequence[Part], flat: int, several: str) -> list[Part]:
    charged = [n for n, part in enumerate(parts) if part.template and part.served and not part.free]
    # of equally dear first prices the first line's; it alone is charged as it stands
    dearest = max(charged, key=lambda n: (_first_price(parts[n]), -n), default=None)
    done = []
    for n, part in enumerate(parts):
        amount = 0
        if part.template is None:
            amount = flat
        elif n in charged and part.region is not None:
            rule = part.region
            alone = several == "add_up" or n == dearest
            amount = cost(rule, part.units) if alone else _steps(part.units, rule["more_units"]) * rule["more_price"]
        done.append(Part(part.template, part.lines, part.units, part.region, part.free, amount))
    return done


def _first_price(part: Part) -> int:
    return int(part.region["first_price"]) if part.region else 0


def _steps(units: int, step: int) -> int:
    """How many steps are begun."""
    return max(0, -(-units // step))
