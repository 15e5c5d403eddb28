"""Invariants of prices: what is asked for is the sum of its lines, and every fen of an adjustment lies on a line."""

from core.services.checks.finding import check

CHECKS = (
    check(
        "order_payable",
        "order {number} asks for {payable}, its lines come to {lines}",
        """
        SELECT o.merchant_id, o.number, o.payable, COALESCE(l.net, 0) AS lines
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(net) AS net FROM order_lines GROUP BY merchant_id, order_id
        ) AS l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
        WHERE o.payable <> COALESCE(l.net, 0)
        """,
        "Compare the lines with what the buyer agreed to (the first row of its move log), then correct the one that "
        "differs.",
    ),
    check(
        "order_totals",
        "order {number} says {goods_amount} for goods and {freight_amount} for freight, its lines say {goods} and "
        "{freight}",
        """
        SELECT o.merchant_id, o.number, o.goods_amount, o.freight_amount,
            COALESCE(l.goods, 0) AS goods, COALESCE(l.freight, 0) AS freight
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id,
                SUM(CASE WHEN kind = 'goods' THEN amount ELSE 0 END) AS goods,
                SUM(CASE WHEN kind = 'freight' THEN amount ELSE 0 END) AS freight
            FROM order_lines GROUP BY merchant_id, order_id
        ) AS l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
        WHERE o.goods_amount <> COALESCE(l.goods, 0) OR o.freight_amount <> COALESCE(l.freight, 0)
        """,
        "The lines are the truth: write their sums of `amount` into the order.",
    ),
    check(
        "line_amounts",
        "order {number}: line {sku} has {quantity} at {unit_price} and says {amount}",
        """
        SELECT l.merchant_id, o.number, l.sku, l.quantity, l.unit_price, l.amount
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        WHERE l.amount <> l.unit_price * l.quantity
        """,
        "Compare the line with what the buyer was quoted; `amount` is `unit_price` times `quantity`.",
    ),
    check(
        "line_nets",
        "order {number}: line {sku} of {amount} with adjustments of {adjusted} is not {net}",
        """
        SELECT l.merchant_id, o.number, l.sku, l.amount, COALESCE(s.amount, 0) AS adjusted, l.net
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT merchant_id, line_id, SUM(amount) AS amount FROM shares
            WHERE adjustment_id IS NOT NULL GROUP BY merchant_id, line_id
        ) AS s ON s.merchant_id = l.merchant_id AND s.line_id = l.id
        WHERE l.net <> l.amount + COALESCE(s.amount, 0)
        """,
        "`net` is what is really paid for the line: find the share of an adjustment that is missing or double.",
    ),
    check(
        "adjustment_shares",
        "order {number}: adjustment {title!r} of {amount} is shared as {shared}",
        """
        SELECT a.merchant_id, o.number, a.title, a.amount, COALESCE(s.amount, 0) AS shared
        FROM adjustments AS a
        JOIN orders AS o ON o.merchant_id = a.merchant_id AND o.id = a.order_id
        LEFT JOIN (
            SELECT merchant_id, adjustment_id, SUM(amount) AS amount FROM shares
            WHERE adjustment_id IS NOT NULL GROUP BY merchant_id, adjustment_id
        ) AS s ON s.merchant_id = a.merchant_id AND s.adjustment_id = a.id
        WHERE a.amount <> COALESCE(s.amount, 0)
        """,
        "Find the share that is missing or double; line_nets names the line it falls on.",
    ),
    check(
        "instalment_amounts",
        "order {number} asks for {payable}, its instalments come to {instalments}",
        """
        SELECT o.merchant_id, o.number, o.payable, COALESCE(i.amount, 0) AS instalments
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(amount) AS amount FROM instalments GROUP BY merchant_id, order_id
        ) AS i ON i.merchant_id = o.merchant_id AND i.order_id = o.id
        WHERE o.payable <> COALESCE(i.amount, 0)
        """,
        "While the order is unpaid, reprice it by 0 after correcting the instalment; once it is paid, correct the "
        "instalment alone.",
    ),
)
