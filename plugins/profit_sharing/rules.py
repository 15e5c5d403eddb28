"""Rules: who gets how much of an order's money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import Invalid, add, all_of, allocate, current_merchant, get, now
from plugins.profit_sharing.models import ProfitSharingRule
from plugins.profit_sharing.terms import MOST_RECEIVERS


@dataclass(frozen=True)
class Part:
    """What one rule gives to its receiver; minor units."""

    rule: ProfitSharingRule
    amount: int


@dataclass(frozen=True)
class Parts:
    """How the money that is left of a payment is shared; the rest is the merchant's."""

    fee: int
    cap: int
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """What all receivers get."""
        return sum(part.amount for part in self.parts)


def in_force(store_id: UUID | None) -> list[ProfitSharingRule]:
    """The rules for an order of *store_id*, one a receiver: a store's own first, then by priority, then the oldest."""
    table = ProfitSharingRule
    mine = table.store_id.is_(None) | (table.store_id == store_id)
    rows = all_of(table, current_merchant().id, table.enabled, mine)
    rows.sort(key=lambda row: (row.store_id is None, -row.priority, row.created_at, row.id))
    found: dict[tuple[str, str], ProfitSharingRule] = {}
    for row in rows:
        found.setdefault((row.kind, row.account), row)
    return list(found.values())[:MOST_RECEIVERS]


def shared(left: int, rules: list[ProfitSharingRule], terms: Mapping[str, Any]) -> Parts:
    """What each receiver gets of *left* minor units: rounded down once on the whole, then spread to the last fen.

    :param terms: the plugin's settings.
    """
    fee = -(-left * terms["fee_basis_points"] // 10_000)
    cap = max(left * terms["cap_basis_points"] // 10_000 - fee, 0)
    weights = [rule.basis_points for rule in rules]
    total = min((left - fee) * min(sum(weights), 10_000) // 10_000, cap)
    amounts = allocate(total, weights) if weights else []
    parts = [Part(rule, amount) for rule, amount in zip(rules, amounts, strict=True) if amount]
    return Parts(fee, cap, tuple(parts))


def create(values: Mapping[str, Any]) -> ProfitSharingRule:
    """A new rule.

    :raises Invalid: a merchant without its full name.
    """
    row = ProfitSharingRule(
        merchant_id=current_merchant().id,
        kind=values["kind"],
        account=values["account"],
        name=values.get("name"),
        basis_points=values["basis_points"],
        store_id=values.get("store_id"),
        priority=values.get("priority", 0),
        enabled=values.get("enabled", True),
        created_at=now(),
    )
    return add(_checked(row))


def change(rule_id: UUID, values: Mapping[str, Any]) -> ProfitSharingRule:
    """What was left out stays; what was split keeps what it was. :raises Invalid: as :func:`create`."""
    row = get(ProfitSharingRule, current_merchant().id, rule_id, lock=True)
    for name, value in values.items():
        setattr(row, name, value)
    return _checked(row)


def _checked(row: ProfitSharingRule) -> ProfitSharingRule:
    if row.kind == "merchant" and not row.name:
        raise Invalid.field("/name", "A merchant's full name is needed.", "name_missing")
    return row
