"""What the houses of the village presell, and right bodies for its addresses."""

from datetime import timedelta
from typing import Any

from tests.conftest import MORNING

PRICE = 10_000
DAY = timedelta(days=1)


def _terms(house: Any, sku: str, **more: Any) -> dict[str, Any]:
    starts, ends, closes = (MORNING + n * DAY for n in range(3))
    windows = {"deposit_starts_at": starts, "deposit_ends_at": ends, "final_starts_at": ends, "final_ends_at": closes}
    item = {"variant_id": house.shop.variants[sku], "price": PRICE, "deposit": 1000, "worth": 1500, "quota": 9}
    times = {name: moment.isoformat().replace("+00:00", "Z") for name, moment in {**windows, "ship_at": closes}.items()}
    return {
        "title": {"zh": "预售", "en": "Presale"},
        "type": "deposit",
        **times,
        "items": [item],
        "list_price_too": True,
        **more,
    }


def activity(house: Any) -> dict[str, Any]:
    """A new one, of what nobody presells yet."""
    flags = {"stack_coupons": True, "stack_member": True, "return_deposit": False, "deposit_after_final": True}
    numbers = {"per_buyer": 2, "remind_hours": 3, "compensation_percent": 50}
    return _terms(house, f"{house.code}-shade", enabled=True, match_lower=True, **flags, **numbers)


def change(house: Any) -> dict[str, Any]:
    """All that may change of the house's activity."""
    quotas = [{"variant_id": house.shop.variants[f"{house.code}-lamp"], "quota": 8}]
    more = {"enabled": True, "per_buyer": 5, "list_price_too": False, "remind_hours": 1, "quotas": quotas}
    return {"title": {"zh": "预售", "en": "Presale"}, **more}


def furnish(house: Any, api: Any) -> dict[str, str]:
    """An activity, and an order of Mei's whose deposit is paid."""
    for sku in ("lamp", "shade"):
        house.shop.sells(f"{house.code}-{sku}", PRICE, stock=20, title=house.canary)
    title = {"zh": house.canary, "en": house.canary}
    made = api.post("presale/activities", _terms(house, f"{house.code}-lamp", title=title))["id"]
    house.orders["presold"] = order = house.orders_of(house.mei, {f"{house.code}-lamp": 1}, entry="presale")
    house.shop.sees_money(order, reference=f"{house.canary}-presold")
    return {"activities/presale_id": made, "orders/presale_number": order.number}
