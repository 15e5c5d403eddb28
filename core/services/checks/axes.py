"""Invariants of the three axes: derived once more, in SQL, as `services/axes.py` derives them from the rows."""

from core.services.checks.finding import check

#: SQL: how much of the payable has arrived, of the order `o` with the sums `i` of its instalments
PAYMENT = "CASE WHEN COALESCE(i.unpaid, 0) = 0 THEN 'paid' WHEN o.paid > 0 THEN 'part' ELSE 'none' END"
#: SQL: how far the goods are, of the order `o` with the sums `l` of its lines
FULFILMENT = """CASE WHEN COALESCE(l.shipped, 0) = 0 THEN 'none' WHEN l.still_owed > 0 THEN 'part'
    WHEN l.on_the_way = 0 THEN 'received' ELSE 'shipped' END"""
#: SQL: how much has gone back or is asked back, of the order `o` with the sums `l` of its lines
REFUND = """CASE WHEN l.goods > 0 AND l.goods = l.given_back THEN 'all'
    WHEN EXISTS (SELECT 1 FROM refunds AS r WHERE r.merchant_id = o.merchant_id AND r.order_id = o.id
        AND r.kind = 'order' AND r.status = 'open') THEN 'applying'
    WHEN l.touched > 0 THEN 'part' ELSE 'none' END"""

#: SQL: every order `o` with the sums `i` and `l` that the axes are derived from
ORDERS = """orders AS o
    LEFT JOIN (
        SELECT merchant_id, order_id, SUM(CASE WHEN settled_at IS NULL THEN 1 ELSE 0 END) AS unpaid
        FROM instalments GROUP BY merchant_id, order_id
    ) AS i ON i.merchant_id = o.merchant_id AND i.order_id = o.id
    LEFT JOIN (
        SELECT merchant_id, order_id,
            SUM(CASE WHEN kind = 'goods' THEN 1 ELSE 0 END) AS goods,
            SUM(CASE WHEN kind = 'goods' THEN shipped ELSE 0 END) AS shipped,
            SUM(CASE WHEN kind = 'goods' AND refunded + shipped < quantity THEN 1 ELSE 0 END) AS still_owed,
            SUM(CASE WHEN kind = 'goods' AND received <> shipped THEN 1 ELSE 0 END) AS on_the_way,
            SUM(CASE WHEN kind = 'goods' AND (refunded >= quantity OR (net > 0 AND refunded_amount >= net))
                THEN 1 ELSE 0 END) AS given_back,
            SUM(CASE WHEN refunded > 0 OR refunded_amount > 0 THEN 1 ELSE 0 END) AS touched
        FROM order_lines GROUP BY merchant_id, order_id
    ) AS l ON l.merchant_id = o.merchant_id AND l.order_id = o.id"""


def _says(axis: str) -> str:
    return f"the {axis} axis of order {{number}} says {{stored}}, its rows say {{derived}}"


def _differs(axis: str, derived: str) -> str:
    return f"""
        SELECT a.merchant_id, a.number, a.stored, a.derived
        FROM (SELECT o.merchant_id, o.number, o.{axis}_axis AS stored, {derived} AS derived FROM {ORDERS}) AS a
        WHERE a.stored <> a.derived
    """


CHECKS = (
    check(
        "payment_axis",
        _says("payment"),
        _differs("payment", PAYMENT),
        "The instalments are the truth. If order_money and instalment_money are silent, write what they say into the "
        "axis: it decides whether the order may be closed.",
    ),
    check(
        "fulfilment_axis",
        _says("fulfilment"),
        _differs("fulfilment", FULFILMENT),
        "The lines are the truth. If line_shipped and line_received are silent, write what they say into the axis.",
    ),
    check(
        "refund_axis",
        _says("refund"),
        _differs("refund", REFUND),
        "The lines and refunds are the truth. If line_refunds and refund_status are silent, write what they say into "
        "the axis: it decides whether clocks run.",
    ),
)
