"""Promotions are made, changed and found; customers become members."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from core import (
    AdjustmentDraft,
    Customer,
    FieldError,
    Invalid,
    NotFound,
    Quote,
    Refused,
    add,
    all_of,
    current_merchant,
    db,
    get,
    now,
)
from plugins.promotions.models import Promotion, PromotionMember
from plugins.promotions.worth import LAYER_OF, drafts

NAME = "promotions"
#: kind -> what it needs, and what it may have beside
TERMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "steps": (("steps",), ()),
    "percentage": (("basis_points",), ("threshold", "cap")),
    "free_freight": ((), ("threshold", "cap")),
    "member_percentage": (("basis_points", "level"), ("threshold", "cap")),
    "member_prices": (("prices", "level"), ()),
}
#: what is not for every kind
OWN = ("steps", "basis_points", "threshold", "cap", "prices")
#: a quote reads all that are in force: so many, and no more
MOST_ENABLED = 200


# ---------------------------------------------------------------------------------------------- at checkout
def taken_off(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """What promotions of *layer* take off; they are read once for all layers of a quote."""
    if layer not in LAYER_OF.values():
        return ()
    mind: dict[Any, Any] = db.session().info.setdefault(NAME, {})
    key = quote.customer_id, quote.at
    if key not in mind:
        mind[key] = all_of(Promotion, quote.merchant_id, *in_force(quote.merchant_id, quote.customer_id))
    return drafts(quote, layer, mind[key])


def in_force(merchant_id: int, customer_id: UUID | None) -> tuple[Any, ...]:
    """Those that run now for this customer, or for a stranger."""
    at = now()
    member = PromotionMember
    level = select(member.level).where(member.merchant_id == merchant_id, member.customer_id == customer_id)
    for_whom: Any = Promotion.level.is_(None)
    if customer_id is not None:
        for_whom = or_(for_whom, Promotion.level == level.scalar_subquery())
    return (
        Promotion.enabled,
        Promotion.starts_at <= at,
        or_(Promotion.ends_at.is_(None), Promotion.ends_at > at),
        for_whom,
    )


# ---------------------------------------------------------------------------------------------- rules
def create(values: Mapping[str, Any]) -> Promotion:
    """A new promotion.

    :raises Invalid: what its kind needs is missing, or there is what it cannot have.
    :raises Refused: too many are enabled.
    """
    plain = {"steps": [], "prices": {}, "scope": "all", "scope_values": [], "starts_at": now(), "created_at": now()}
    defaults = {"basis_points": 0, "threshold": 0, "cap": None, "level": None, "ends_at": None, "enabled": True}
    whole = {**plain, **defaults, **values}
    _check(whole)
    if whole["enabled"]:
        _check_room()
    return add(Promotion(merchant_id=current_merchant().id, **_sorted(whole)))


def change(rule_id: UUID, values: Mapping[str, Any]) -> Promotion:
    """Change a promotion; orders that were placed keep what they were given.

    :raises Invalid: as for a new one. :raises Refused: too many are enabled.
    """
    rule = get(Promotion, current_merchant().id, rule_id, lock=True)
    names = (*OWN, "kind", "scope", "scope_values", "level", "starts_at", "ends_at")
    _check({name: getattr(rule, name) for name in names} | dict(values))
    if values.get("enabled") and not rule.enabled:
        _check_room()
    for name, value in _sorted(values).items():
        setattr(rule, name, value)
    return rule


def drop(rule_id: UUID) -> None:
    """Forget a promotion; orders that were placed keep what they were given."""
    _delete(Promotion, Promotion.id == rule_id)


# ---------------------------------------------------------------------------------------------- members
def admit(customer_id: UUID, level: str) -> PromotionMember:
    """The customer is a member of *level* from now on, and of no other.

    :raises NotFound: there is no such customer here.
    """
    merchant_id = current_merchant().id
    # the customer's row is locked: two who admit them at once wait for each other
    get(Customer, merchant_id, customer_id, lock=True)
    found = all_of(PromotionMember, merchant_id, PromotionMember.customer_id == customer_id)
    if not found:
        return add(PromotionMember(merchant_id=merchant_id, customer_id=customer_id, level=level, since=now()))
    (member,) = found
    if member.level != level:
        member.level, member.since = level, now()
    return member


def dismiss(customer_id: UUID) -> None:
    """The customer is no member any more."""
    _delete(PromotionMember, PromotionMember.customer_id == customer_id)


# ---------------------------------------------------------------------------------------------- inside
def _delete(model: Any, where: Any) -> None:
    statement = delete(model).where(model.merchant_id == current_merchant().id, where)
    done: Any = db.session().execute(statement.execution_options(synchronize_session=False))
    if not done.rowcount:
        raise NotFound("There is nothing of that id here.")


def _check(values: Mapping[str, Any]) -> None:
    kind = values["kind"]
    needs, takes = TERMS[kind]
    errors = [FieldError(f"/{name}", f"A promotion of kind {kind} needs it.", "required") for name in needs
              if not values.get(name)]  # fmt: skip
    errors += [
        FieldError(f"/{name}", f"A promotion of kind {kind} takes none.", "not_of_this_kind")
        for name in OWN
        if values.get(name) and name not in (*needs, *takes)
    ]
    if (values["scope"] == "all") == bool(values["scope_values"]):
        errors.append(FieldError("/scope_values", "Name what it is for, unless its scope is all.", "scope_values"))
    thresholds = [step["threshold"] for step in values["steps"]]
    for number, step in enumerate(values["steps"]):
        if step["amount"] > step["threshold"] or step["threshold"] in thresholds[:number]:
            why = "Each threshold once, and no more off than it asks for."
            errors.append(FieldError(f"/steps/{number}/threshold", why, "steps"))
    if values["ends_at"] is not None and values["ends_at"] <= values["starts_at"]:
        errors.append(FieldError("/ends_at", f"Must be after {values['starts_at'].isoformat()}.", "out_of_range"))
    if errors:
        raise Invalid("These values do not go together.", errors=errors)


def _sorted(values: Mapping[str, Any]) -> dict[str, Any]:
    """The dearest step first: the first that is reached counts."""
    steps = sorted(values.get("steps", ()), key=lambda step: -step["threshold"])
    return {**values, "steps": steps} if "steps" in values else dict(values)


def _check_room() -> None:
    enabled = select(func.count(Promotion.id)).where(Promotion.merchant_id == current_merchant().id, Promotion.enabled)
    if (db.session().scalar(enabled) or 0) >= MOST_ENABLED:
        raise Refused(f"{MOST_ENABLED} promotions are enabled: switch one off first.", code="too_many_promotions")
