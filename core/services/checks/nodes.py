"""Invariants of the nine nodes: no order is stuck in one, and what belongs to a node is there."""

from core.services.checks.finding import JOBS, bare, check

CHECKS = (
    check(
        "order_times",
        "order {number} is {state}: it was paid {paid}, completed {completed}, closed {closed}",
        """
        SELECT o.merchant_id, o.number, o.state,
            CASE WHEN o.paid_at IS NULL THEN 'never' ELSE 'once' END AS paid,
            CASE WHEN o.completed_at IS NULL THEN 'never' ELSE 'once' END AS completed,
            CASE WHEN o.closed_at IS NULL THEN 'never' ELSE 'once' END AS closed
        FROM orders AS o
        WHERE (o.state IN ('pending_payment', 'closed')) <> (o.paid_at IS NULL)
            OR (o.state = 'closed') <> (o.closed_at IS NOT NULL)
            OR (o.state = 'completed' AND o.completed_at IS NULL)
        """,
        "The move log tells when it entered the node: write that moment into the order.",
    ),
    check(
        "order_resume",
        "order {number} is {state} and would go on at {resume_state}",
        """
        SELECT o.merchant_id, o.number, o.state, COALESCE(o.resume_state, 'no node') AS resume_state
        FROM orders AS o
        WHERE (o.state = 'refunding') <> (o.resume_state IS NOT NULL)
        """,
        "Only an order in refunding goes on somewhere: the move that took it there stands in its log, with the node it "
        "came from.",
    ),
    check(
        "paid_orders_move",
        "order {number} is paid whole and still waits for money",
        f"""
        SELECT o.merchant_id, o.number
        FROM orders AS o
        WHERE o.state = 'pending_payment'
            AND NOT EXISTS (SELECT 1 FROM instalments AS i
                WHERE i.merchant_id = o.merchant_id AND i.order_id = o.id AND i.settled_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM payments AS p
                JOIN {JOBS} AS j ON j.merchant_id = p.merchant_id AND j.key = 'conclude' || {bare("p.id")}
                WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id)
        """,
        "Its money was concluded and no row of the table moved it: look into the cases of the order. Clear "
        "`concluded_at` of its last payment; payments_concluded then says how to go on.",
    ),
    check(
        "refunding_orders",
        "order {number} is refunding and no refund of it is open",
        f"""
        SELECT o.merchant_id, o.number
        FROM orders AS o
        WHERE o.state = 'refunding' AND NOT EXISTS (
            SELECT 1 FROM refunds AS r
            LEFT JOIN {JOBS} AS j ON j.merchant_id = r.merchant_id AND j.key = 'concluderefund' || {bare("r.id")}
            WHERE r.merchant_id = o.merchant_id AND r.order_id = o.id AND r.kind = 'order'
                AND (r.status = 'open' OR j.key IS NOT NULL)
        )
        """,
        "Nothing will move it: if refund_status names a refund of it, mend that first; then let it go on at its "
        "`resume_state`, or to refunded if everything is given back.",
    ),
    check(
        "refunded_orders",
        "order {number} is refunded, its refund axis says {refund_axis}, and no case about it is open",
        """
        SELECT o.merchant_id, o.number, o.refund_axis
        FROM orders AS o
        WHERE o.state = 'refunded' AND o.refund_axis <> 'all' AND NOT EXISTS (
            SELECT 1 FROM cases AS c
            WHERE c.merchant_id = o.merchant_id AND c.order_id = o.id AND c.status = 'open'
        )
        """,
        "Money came back after it was delivered, or was never given back: ask the channel for each part, and give back "
        "what is missing by hand.",
    ),
)
