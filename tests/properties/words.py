"""What may be thrown at orders: carts, whims, states, and what somebody may try in any of them."""

from typing import Any

from hypothesis import strategies as st

from tests.properties.stalls import PRICES

which = st.integers(0, 2)
amounts = st.integers(0, 3000)
reasons = st.sampled_from(["damaged", "no_reason", "other"])
carts = st.lists(st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 5)), min_size=1, max_size=3)
PARCEL = {"carrier": "SF", "tracking_no": "SF1"}
CALLED_OFF = ("pending_payment", "paid", "awaiting_shipment")
REFUNDABLE = ("paid", "awaiting_shipment", "shipped", "received", "completed")
TRIED: dict[str, dict[str, Any]] = {
    "payments": {"tenders": [{"channel": "bank_transfer"}]},
    "confirm-offline": {"amount": 333, "reference": "once", "note": "seen"},
    "reprice": {"goods_delta": -1, "remark": "regular"},
    "cancel": {"reason": "other"},
    "close": {"reason": "other"},
    "reject": {"reason": "other", "note": "no"},
    "hold": {"reason": "look"},
    "shipments": PARCEL,
    "refunds": {"reason": "other"},
}
STAFF_TRIES = [*TRIED, "free", "receive", "extend", "remind", "hide", "receiver"]
whims = st.fixed_dictionaries(
    {},
    optional={
        "adjustments": st.lists(
            st.fixed_dictionaries(
                {
                    "layer": st.sampled_from(["member", "coupon", "freight"]),
                    "amount": st.integers(-3000, 300),
                    "positions": st.lists(st.integers(0, 2), max_size=2, unique=True),
                }
            ),
            max_size=2,
        ),
        "deposit_percent": st.sampled_from([0, 30]),
        "refundable": st.sampled_from(["always", "merchant_fault", "never"]),
    },
)
