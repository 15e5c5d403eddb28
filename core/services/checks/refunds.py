"""Invariants of money that goes back: refunds, their parts and lines say the same."""

from core.services.checks.finding import JOBS, bare, check

#: SQL: per refund how many parts it has, how many live on, how many of these are done, and what they come to in money
PARTS = """(
    SELECT part.merchant_id, part.refund_id, COUNT(*) AS parts,
        SUM(CASE WHEN part.state <> 'withdrawn' THEN 1 ELSE 0 END) AS live,
        SUM(CASE WHEN part.state = 'done' THEN 1 ELSE 0 END) AS done,
        SUM(CASE WHEN part.state <> 'withdrawn' AND p.role <> 'adjustment' THEN part.amount ELSE 0 END) AS amount
    FROM refund_parts AS part
    JOIN payments AS p ON p.merchant_id = part.merchant_id AND p.id = part.payment_id
    GROUP BY part.merchant_id, part.refund_id
)"""

CHECKS = (
    check(
        "refund_amount",
        "order {number}: refund {refund} of {amount} has parts of {parts}",
        f"""
        SELECT r.merchant_id, o.number, r.number AS refund, r.amount, COALESCE(p.amount, 0) AS parts
        FROM refunds AS r
        JOIN orders AS o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
        LEFT JOIN {PARTS} AS p ON p.merchant_id = r.merchant_id AND p.refund_id = r.id
        WHERE r.status <> 'withdrawn' AND r.amount <> COALESCE(p.amount, 0)
        """,
        "Ask the channel for each number of its parts; what really goes back is the refund's amount.",
    ),
    check(
        "refund_status",
        "order {number}: refund {refund} is {status}, its parts say {derived}",
        f"""
        SELECT r.merchant_id, r.number_of_order AS number, r.refund, r.status, r.derived
        FROM (
            SELECT r.merchant_id, r.id, o.number AS number_of_order, r.number AS refund, r.status,
                CASE WHEN COALESCE(p.parts, 0) > 0 AND p.live = 0 THEN 'withdrawn'
                    WHEN COALESCE(p.live, 0) = COALESCE(p.done, 0) THEN 'done' ELSE 'open' END AS derived
            FROM refunds AS r
            JOIN orders AS o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
            LEFT JOIN {PARTS} AS p ON p.merchant_id = r.merchant_id AND p.refund_id = r.id
        ) AS r
        LEFT JOIN {JOBS} AS j ON j.merchant_id = r.merchant_id AND j.key = 'concluderefund' || {bare("r.id")}
        WHERE r.status <> r.derived AND NOT (r.status = 'open' AND r.derived = 'done' AND j.key IS NOT NULL)
        """,
        "The parts are the truth. A part that is done while its refund is open was never concluded: correct the "
        "refund, its lines' counters and the order's axes together.",
    ),
    check(
        "refund_lines",
        "order {number}: refund {refund} of {amount} with {freight} of freight has lines of {lines} with "
        "{line_freight}",
        """
        SELECT r.merchant_id, o.number, r.number AS refund, r.amount, r.freight, COALESCE(l.amount, 0) AS lines,
            COALESCE(l.freight, 0) AS line_freight
        FROM refunds AS r
        JOIN orders AS o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
        LEFT JOIN (
            SELECT piece.merchant_id, piece.refund_id, SUM(piece.amount) AS amount,
                SUM(CASE WHEN line.kind = 'freight' THEN piece.amount ELSE 0 END) AS freight
            FROM refund_lines AS piece
            JOIN order_lines AS line ON line.merchant_id = piece.merchant_id AND line.id = piece.line_id
            GROUP BY piece.merchant_id, piece.refund_id
        ) AS l ON l.merchant_id = r.merchant_id AND l.refund_id = r.id
        WHERE COALESCE(l.amount, 0) <> CASE WHEN r.kind = 'order' THEN r.amount ELSE 0 END
            OR COALESCE(l.freight, 0) <> r.freight
        """,
        "Compare with the draft in the order's move log (`after`); a refund of surplus has no lines.",
    ),
    check(
        "line_refunds",
        "order {number}: line {sku} says {refunded} units and {refunded_amount} back, {refunding} and "
        "{refunding_amount} asked back; its refunds say {done_units} and {done_money}, {open_units} and {open_money}",
        """
        SELECT l.merchant_id, o.number, l.sku, l.refunded, l.refunded_amount, l.refunding, l.refunding_amount,
            COALESCE(r.done_units, 0) AS done_units, COALESCE(r.done_money, 0) AS done_money,
            COALESCE(r.open_units, 0) AS open_units, COALESCE(r.open_money, 0) AS open_money
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT piece.merchant_id, piece.line_id,
                SUM(CASE WHEN refund.status = 'done' THEN piece.quantity ELSE 0 END) AS done_units,
                SUM(CASE WHEN refund.status = 'done' THEN piece.amount ELSE 0 END) AS done_money,
                SUM(CASE WHEN refund.status = 'open' THEN piece.quantity ELSE 0 END) AS open_units,
                SUM(CASE WHEN refund.status = 'open' THEN piece.amount ELSE 0 END) AS open_money
            FROM refund_lines AS piece
            JOIN refunds AS refund ON refund.merchant_id = piece.merchant_id AND refund.id = piece.refund_id
            WHERE refund.kind = 'order' GROUP BY piece.merchant_id, piece.line_id
        ) AS r ON r.merchant_id = l.merchant_id AND r.line_id = l.id
        WHERE l.refunded <> COALESCE(r.done_units, 0) OR l.refunded_amount <> COALESCE(r.done_money, 0)
            OR l.refunding <> COALESCE(r.open_units, 0) OR l.refunding_amount <> COALESCE(r.open_money, 0)
        """,
        "The refunds are the truth: write their sums into the line. Until then it may give back too much, or "
        "too little.",
    ),
    check(
        "surplus_refunds",
        "order {number}: {surplus} of payment {out_trade_no} are surplus; {refunds} refunds give {back} of it back",
        """
        SELECT p.merchant_id, o.number, p.out_trade_no, p.surplus, COALESCE(r.refunds, 0) AS refunds,
            COALESCE(r.back, 0) AS back
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        LEFT JOIN (
            SELECT part.merchant_id, part.payment_id, COUNT(DISTINCT refund.id) AS refunds, SUM(part.amount) AS back
            FROM refund_parts AS part
            JOIN refunds AS refund ON refund.merchant_id = part.merchant_id AND refund.id = part.refund_id
            WHERE refund.kind = 'surplus' AND refund.status <> 'withdrawn' AND part.state <> 'withdrawn'
            GROUP BY part.merchant_id, part.payment_id
        ) AS r ON r.merchant_id = p.merchant_id AND r.payment_id = p.id
        WHERE COALESCE(r.refunds, 0) > 1 OR COALESCE(r.back, 0) > p.surplus
            OR (p.surplus > 0 AND p.concluded_at IS NOT NULL AND COALESCE(r.refunds, 0) = 0)
        """,
        "Money that came late or twice goes back once, whole. Ask the channel what went back under each number before "
        "anything is sent again.",
    ),
)
