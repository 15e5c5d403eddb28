"""Invariants of what belongs together: the rows of an order point at rows of the same order."""

from core.services.checks.finding import check


def _strays(thing: str, told: str, column: str, other: str, through: str | None = None) -> str:
    """SQL: rows `t` of *thing* whose `x` in *other* is another order's; *through*: the `p` that knows its order."""
    return f"""
        SELECT t.merchant_id, o.number, {told} AS thing, '{other}' AS other
        FROM {thing} AS t
        JOIN {other} AS x ON x.merchant_id = t.merchant_id AND x.id = t.{column}
        {f"JOIN {through}" if through else ""}
        JOIN orders AS o ON o.merchant_id = t.merchant_id AND o.id = {"p" if through else "t"}.order_id
        WHERE x.order_id <> o.id
    """


_REFUND = "refunds AS p ON p.merchant_id = t.merchant_id AND p.id = t.refund_id"
_SHIPMENT = "shipments AS p ON p.merchant_id = t.merchant_id AND p.id = t.shipment_id"

STRAYS = (
    _strays("payments", "'payment ' || t.out_trade_no", "instalment_id", "instalments"),
    _strays("refund_parts", "'refund part ' || t.out_refund_no", "refund_id", "refunds"),
    _strays("refund_parts", "'refund part ' || t.out_refund_no", "payment_id", "payments"),
    _strays("shares", "'a share on line ' || x.sku", "line_id", "order_lines"),
    _strays("shares", "'a share of ' || x.title", "adjustment_id", "adjustments"),
    _strays("shares", "'a share of payment ' || x.out_trade_no", "payment_id", "payments"),
    _strays("reservations", "'a reservation of ' || x.sku", "line_id", "order_lines"),
    _strays("refund_lines", "'a refund of line ' || x.sku", "line_id", "order_lines", _REFUND),
    _strays("shipment_lines", "'a shipment of line ' || x.sku", "line_id", "order_lines", _SHIPMENT),
)

CHECKS = (
    check(
        "one_order",
        "order {number}: {thing} points at {other} of another order",
        " UNION ALL ".join(STRAYS),
        "Both orders are wrong now: find the row it should point at, and look who wrote it past the services.",
    ),
)
