"""Invariants of stock: what is promised is held, by orders that may hold it, and what was sent was sold."""

from core.services.checks.finding import check

CHECKS = (
    check(
        "stock_promises",
        "{reserved} of {sku} are reserved in warehouse {warehouse}, its reservations hold {held}",
        """
        SELECT s.merchant_id, v.sku, w.code AS warehouse, s.reserved, COALESCE(r.held, 0) AS held
        FROM stock AS s
        JOIN variants AS v ON v.merchant_id = s.merchant_id AND v.id = s.variant_id
        JOIN warehouses AS w ON w.merchant_id = s.merchant_id AND w.id = s.warehouse_id
        LEFT JOIN (
            SELECT merchant_id, warehouse_id, variant_id, SUM(quantity) AS held FROM reservations
            WHERE status = 'held' GROUP BY merchant_id, warehouse_id, variant_id
        ) AS r ON r.merchant_id = s.merchant_id AND r.warehouse_id = s.warehouse_id AND r.variant_id = s.variant_id
        WHERE s.reserved <> COALESCE(r.held, 0)
        """,
        "Stop selling the variant (`enabled`), count the shelf, then write what the held reservations come to into "
        "`reserved`.",
    ),
    check(
        "reservation_states",
        "order {number} is {state} and {quantity} of {sku} are {status}, not {wanted}",
        """
        SELECT r.merchant_id, r.number, r.state, r.quantity, r.sku, r.status, r.wanted
        FROM (
            SELECT r.merchant_id, o.number, o.state, r.quantity, l.sku, r.status,
                CASE o.state WHEN 'pending_payment' THEN 'held' WHEN 'closed' THEN 'released' ELSE 'sold' END AS wanted
            FROM reservations AS r
            JOIN orders AS o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
            JOIN order_lines AS l ON l.merchant_id = r.merchant_id AND l.id = r.line_id
        ) AS r
        WHERE r.status <> r.wanted
        """,
        "Units held by an order that cannot be paid any more are sold to nobody: free them. Units of a paid order that "
        "are not sold may be sold twice: count the shelf.",
    ),
    check(
        "reservation_units",
        "order {number}: {quantity} of {sku} were bought, {reserved} were taken from shelves",
        """
        SELECT l.merchant_id, o.number, l.sku, l.quantity, COALESCE(r.quantity, 0) AS reserved
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT merchant_id, line_id, SUM(quantity) AS quantity FROM reservations GROUP BY merchant_id, line_id
        ) AS r ON r.merchant_id = l.merchant_id AND r.line_id = l.id
        WHERE l.quantity * CASE WHEN l.kind = 'goods' AND NOT l.virtual THEN 1 ELSE 0 END <> COALESCE(r.quantity, 0)
        """,
        "Every unit of goods comes from a warehouse: reserve what is missing, or give it back to the buyer.",
    ),
    check(
        "units_sold",
        "order {number}: {shipped} of {sku} were sent, {sold} were sold and are not back on their shelf",
        """
        SELECT l.merchant_id, o.number, l.sku, l.shipped, COALESCE(r.sold, 0) AS sold
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT merchant_id, line_id, SUM(quantity - restocked) AS sold FROM reservations
            WHERE status = 'sold' GROUP BY merchant_id, line_id
        ) AS r ON r.merchant_id = l.merchant_id AND r.line_id = l.id
        WHERE l.kind = 'goods' AND NOT l.virtual AND l.shipped > COALESCE(r.sold, 0)
        """,
        "Count the shelf: a unit that was sent cannot lie there too. Lower `restocked` of the reservation, and "
        "`on_hand` with it.",
    ),
)
