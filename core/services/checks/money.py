"""Invariants of money that came: orders, instalments, payments and their shares say the same."""

from core.services.checks.finding import check

CHECKS = (
    check(
        "order_money",
        "order {number} says {paid} paid and {refunded} refunded, its payments say {brought} and {back}",
        """
        SELECT o.merchant_id, o.number, o.paid, o.refunded,
            COALESCE(p.brought, 0) AS brought, COALESCE(r.back, 0) AS back
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(settled_amount - surplus) AS brought FROM payments
            WHERE state = 'settled' AND role <> 'adjustment' GROUP BY merchant_id, order_id
        ) AS p ON p.merchant_id = o.merchant_id AND p.order_id = o.id
        LEFT JOIN (
            SELECT part.merchant_id, part.order_id, SUM(part.amount) AS back FROM refund_parts AS part
            JOIN refunds AS refund ON refund.merchant_id = part.merchant_id AND refund.id = part.refund_id
            JOIN payments AS p ON p.merchant_id = part.merchant_id AND p.id = part.payment_id
            WHERE part.state = 'done' AND refund.kind = 'order' AND p.role <> 'adjustment'
            GROUP BY part.merchant_id, part.order_id
        ) AS r ON r.merchant_id = o.merchant_id AND r.order_id = o.id
        WHERE o.paid <> COALESCE(p.brought, 0) OR o.refunded <> COALESCE(r.back, 0)
        """,
        "Compare the payments and refund parts with the channel's own bill, then correct the order.",
    ),
    check(
        "instalment_money",
        "order {number}: instalment {position} of {amount} says {paid} paid{settled}, its payments brought {brought}",
        """
        SELECT i.merchant_id, o.number, i.position, i.amount, i.paid, COALESCE(p.brought, 0) AS brought,
            CASE WHEN i.settled_at IS NULL THEN ', not settled' ELSE ', settled' END AS settled
        FROM instalments AS i
        JOIN orders AS o ON o.merchant_id = i.merchant_id AND o.id = i.order_id
        LEFT JOIN (
            SELECT merchant_id, instalment_id, SUM(settled_amount - surplus) AS brought FROM payments
            WHERE state = 'settled' GROUP BY merchant_id, instalment_id
        ) AS p ON p.merchant_id = i.merchant_id AND p.instalment_id = i.id
        WHERE i.paid <> COALESCE(p.brought, 0) OR (i.settled_at IS NOT NULL) <> (i.paid = i.amount)
        """,
        "The payments are the truth: `paid` is what they brought, `settled_at` stands when it is the whole amount.",
    ),
    check(
        "payment_facts",
        "order {number}: payment {out_trade_no} of {amount} is {state} with {settled_amount} settled, {surplus} "
        "surplus, {refunded} refunded and {refund_pending} on its way back",
        """
        SELECT p.merchant_id, o.number, p.out_trade_no, p.amount, p.state, p.settled_amount, p.surplus, p.refunded,
            p.refund_pending
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        WHERE (p.state = 'settled' AND (p.settled_amount <> p.amount OR p.settled_at IS NULL))
            OR (p.state <> 'settled' AND (p.settled_amount <> 0 OR p.settled_at IS NOT NULL OR p.surplus <> 0
                OR p.refunded <> 0 OR p.refund_pending <> 0 OR p.concluded_at IS NOT NULL))
        """,
        "Look the number up at the channel: money is there only in state settled, and only as much as was asked for.",
    ),
    check(
        "payment_shares",
        "order {number}: {applied} of payment {out_trade_no} are the order's, its shares come to {shared}",
        """
        SELECT p.merchant_id, o.number, p.out_trade_no, p.settled_amount - p.surplus AS applied,
            COALESCE(s.amount, 0) AS shared
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        LEFT JOIN (
            SELECT merchant_id, payment_id, SUM(amount) AS amount FROM shares
            WHERE payment_id IS NOT NULL GROUP BY merchant_id, payment_id
        ) AS s ON s.merchant_id = p.merchant_id AND s.payment_id = p.id
        WHERE p.role <> 'adjustment' AND p.settled_amount - p.surplus <> COALESCE(s.amount, 0)
        """,
        "Spread the payment over what is unpaid of the lines: without shares a closed order cannot give it back.",
    ),
    check(
        "line_cash",
        "order {number}: line {sku} costs {net}, and {cash} were paid for it",
        """
        SELECT l.merchant_id, o.number, l.sku, l.net, s.amount AS cash
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        JOIN (
            SELECT merchant_id, line_id, SUM(amount) AS amount FROM shares
            WHERE payment_id IS NOT NULL GROUP BY merchant_id, line_id
        ) AS s ON s.merchant_id = l.merchant_id AND s.line_id = l.id
        WHERE s.amount > l.net
        """,
        "Move what is too much to the lines of the same order that are not paid whole.",
    ),
    check(
        "payment_ceiling",
        "order {number}: payment {out_trade_no} says {refunded} back and {refund_pending} on its way, its refund "
        "parts say {done} and {under_way}",
        """
        SELECT p.merchant_id, o.number, p.out_trade_no, p.refunded, p.refund_pending,
            COALESCE(r.done, 0) AS done, COALESCE(r.under_way, 0) AS under_way
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        LEFT JOIN (
            SELECT merchant_id, payment_id,
                SUM(CASE WHEN state = 'done' THEN amount ELSE 0 END) AS done,
                SUM(CASE WHEN state NOT IN ('done', 'withdrawn') THEN amount ELSE 0 END) AS under_way
            FROM refund_parts GROUP BY merchant_id, payment_id
        ) AS r ON r.merchant_id = p.merchant_id AND r.payment_id = p.id
        WHERE p.refunded <> COALESCE(r.done, 0) OR p.refund_pending <> COALESCE(r.under_way, 0)
        """,
        "Give nothing back of this payment until it is mended. Compare each part with the channel, then write the sums "
        "of the parts into the payment.",
    ),
    check(
        "closed_orders_keep_nothing",
        "order {number} is closed with {paid} paid: {refunded} went back, {under_way} is on its way and {forfeited} "
        "was agreed to be kept",
        """
        SELECT o.merchant_id, o.number, o.paid, o.refunded, COALESCE(r.under_way, 0) AS under_way,
            COALESCE(e.forfeited, 0) AS forfeited
        FROM orders AS o
        LEFT JOIN (
            SELECT part.merchant_id, part.order_id, SUM(part.amount) AS under_way FROM refund_parts AS part
            JOIN refunds AS refund ON refund.merchant_id = part.merchant_id AND refund.id = part.refund_id
            JOIN payments AS p ON p.merchant_id = part.merchant_id AND p.id = part.payment_id
            WHERE part.state NOT IN ('done', 'withdrawn') AND refund.kind = 'order' AND p.role <> 'adjustment'
            GROUP BY part.merchant_id, part.order_id
        ) AS r ON r.merchant_id = o.merchant_id AND r.order_id = o.id
        LEFT JOIN (
            SELECT merchant_id, order_id, -SUM(amount) AS forfeited FROM ledger_entries
            WHERE book = 'forfeited_income' GROUP BY merchant_id, order_id
        ) AS e ON e.merchant_id = o.merchant_id AND e.order_id = o.id
        WHERE o.state = 'closed' AND o.paid <> 0
            AND o.paid <> o.refunded + COALESCE(r.under_way, 0) + COALESCE(e.forfeited, 0)
        """,
        "Give the buyer back what is missing at the channel by hand, then write the refund; keep only what the "
        "instalment says may be kept, and book it as forfeited.",
    ),
    check(
        "currencies",
        "order {number} is in {currency}, its {thing} {label} in {other}",
        """
        SELECT p.merchant_id, o.number, o.currency, 'payment' AS thing, p.out_trade_no AS label, p.currency AS other
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        WHERE p.currency <> o.currency
        UNION ALL
        SELECT e.merchant_id, o.number, o.currency, 'booking of kind' AS thing, e.kind AS label, e.currency AS other
        FROM ledger_entries AS e
        JOIN orders AS o ON o.merchant_id = e.merchant_id AND o.id = e.order_id
        WHERE e.currency <> o.currency
        """,
        "Ask the channel which currency came. An order, its payments and its bookings have one.",
    ),
)
