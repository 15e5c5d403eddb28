"""Templates are made, changed and forgotten; orders that were placed keep the freight they were quoted."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from core import (
    FieldError,
    Invalid,
    NotFound,
    Product,
    Refused,
    Store,
    add,
    all_of,
    current_merchant,
    db,
    find,
    get,
    now,
)
from plugins.freight_rules.models import FreightTemplate

#: a quote reads all that are in force: so many, and no more
MOST_ENABLED = 100


def create(values: Mapping[str, Any]) -> FreightTemplate:
    """A new template.

    :raises Invalid: regions that contradict each other, products or a store that are not there.
    :raises Refused: too many are enabled.
    """
    defaults: dict[str, Any] = {"store_id": None, "product_ids": [], "categories": [], "enabled": True, "position": 0}
    whole = {**defaults, **_readied(values), "created_at": now()}
    if whole["enabled"]:
        _check_room()
    return add(FreightTemplate(merchant_id=current_merchant().id, **whole))


def change(template_id: UUID, values: Mapping[str, Any]) -> FreightTemplate:
    """Change a template.

    :raises Invalid: as for a new one. :raises Refused: too many are enabled.
    """
    template = get(FreightTemplate, current_merchant().id, template_id, lock=True)
    readied = _readied(values)
    if values.get("enabled") and not template.enabled:
        _check_room()
    for name, value in readied.items():
        setattr(template, name, value)
    return template


def drop(template_id: UUID) -> None:
    """Forget a template."""
    table = FreightTemplate
    statement = delete(table).where(table.merchant_id == current_merchant().id, table.id == template_id)
    done: Any = db.session().execute(statement.execution_options(synchronize_session=False))
    if not done.rowcount:
        raise NotFound("There is no such template here.")


# ---------------------------------------------------------------------------------------------- inside
def _readied(values: Mapping[str, Any]) -> dict[str, Any]:
    errors = [*_unknown_products(values.get("product_ids", ())), *_odd_regions(values.get("regions", ()))]
    store_id = values.get("store_id")
    if store_id is not None and find(Store, current_merchant().id, store_id) is None:
        errors.append(FieldError("/store_id", "There is no such store.", "unknown_store"))
    if errors:
        raise Invalid("These values do not go together.", errors=errors)
    products = values.get("product_ids")
    return dict(values) | ({} if products is None else {"product_ids": [str(one) for one in products]})


def _unknown_products(ids: Any) -> list[FieldError]:
    known = {row.id for row in all_of(Product, current_merchant().id, Product.id.in_(ids))} if ids else set()
    return [
        FieldError(f"/product_ids/{n}", "There is no such product.", "unknown_product")
        for n, one in enumerate(ids)
        if one not in known
    ]


def _odd_regions(regions: Any) -> list[FieldError]:
    """Each prefix stands in one rule, and one rule at most is for everywhere else."""
    seen: Counter[str] = Counter()
    errors = []
    for n, rule in enumerate(regions):
        for prefix in rule["prefixes"] or ("",):
            if seen[prefix]:
                told = f"{prefix} stands in an earlier rule." if prefix else "An earlier rule is for everywhere else."
                errors.append(FieldError(f"/regions/{n}/prefixes", told, "region_twice"))
            seen[prefix] += 1
    return errors


def _check_room() -> None:
    table = FreightTemplate
    enabled = select(func.count(table.id)).where(table.merchant_id == current_merchant().id, table.enabled)
    if (db.session().scalar(enabled) or 0) >= MOST_ENABLED:
        raise Refused(f"{MOST_ENABLED} templates are enabled: switch one off first.", code="too_many_templates")
