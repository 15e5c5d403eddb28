"""Invariants of the books: groups balance, every fact is booked as it is, and no booking stands without its fact."""

from core.services.checks.finding import bare, check

_ADD = "Rows of the books are never changed: add a group that puts it right, and say why in a case."

CHECKS = (
    check(
        "ledger_balances",
        "ledger group {group_id} of order {number} sums to {total}, not 0",
        """
        SELECT g.merchant_id, COALESCE(o.number, 'none') AS number, g.group_id, g.total
        FROM (
            SELECT merchant_id, group_id, order_id, SUM(amount) AS total FROM ledger_entries
            GROUP BY merchant_id, group_id, order_id, currency
        ) AS g
        LEFT JOIN orders AS o ON o.merchant_id = g.merchant_id AND o.id = g.order_id
        WHERE g.total <> 0
        """,
        f"Find the entry that is missing or wrong. {_ADD}",
    ),
    check(
        "ledger_receipts",
        "order {number}: payment {out_trade_no} is {state} with {settled_amount}, {surplus} of it surplus; the books "
        "received {box}, owe {owed} for the order and {owed_surplus} as surplus",
        """
        SELECT p.merchant_id, o.number, p.out_trade_no, p.state, p.settled_amount, p.surplus,
            COALESCE(e.box, 0) AS box, -COALESCE(e.owed, 0) AS owed, -COALESCE(e.owed_surplus, 0) AS owed_surplus
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        LEFT JOIN (
            SELECT merchant_id, payment_id,
                SUM(CASE WHEN book LIKE 'channel:%' OR book LIKE 'held:%' THEN amount ELSE 0 END) AS box,
                SUM(CASE WHEN book = 'orders' OR book LIKE 'adjusted:%' THEN amount ELSE 0 END) AS owed,
                SUM(CASE WHEN book = 'surplus' THEN amount ELSE 0 END) AS owed_surplus
            FROM ledger_entries WHERE kind IN ('receipt', 'revival', 'capture') GROUP BY merchant_id, payment_id
        ) AS e ON e.merchant_id = p.merchant_id AND e.payment_id = p.id
        WHERE NOT (p.role <> 'cash' AND p.concluded_at IS NULL AND e.box IS NULL)
            AND (COALESCE(e.box, 0) <> p.settled_amount
                OR COALESCE(e.owed, 0) <> p.surplus - p.settled_amount
                OR COALESCE(e.owed_surplus, 0) <> -p.surplus)
        """,
        f"Look the payment up at the channel first. {_ADD}",
    ),
    check(
        "ledger_refunds",
        "order {number}: part {out_refund_no} of {amount} ({kind}) is {state}; the books let {box} go, {owed} for the "
        "order and {owed_surplus} as surplus",
        """
        SELECT part.merchant_id, o.number, part.out_refund_no, part.amount, refund.kind, part.state,
            -COALESCE(e.box, 0) AS box, COALESCE(e.owed, 0) AS owed, COALESCE(e.owed_surplus, 0) AS owed_surplus
        FROM refund_parts AS part
        JOIN refunds AS refund ON refund.merchant_id = part.merchant_id AND refund.id = part.refund_id
        JOIN orders AS o ON o.merchant_id = part.merchant_id AND o.id = part.order_id
        LEFT JOIN (
            SELECT merchant_id, refund_part_id,
                SUM(CASE WHEN book LIKE 'channel:%' OR book LIKE 'tender:%' OR book = 'by_hand'
                    THEN amount ELSE 0 END) AS box,
                SUM(CASE WHEN book = 'orders' OR book LIKE 'adjusted:%' THEN amount ELSE 0 END) AS owed,
                SUM(CASE WHEN book = 'surplus' THEN amount ELSE 0 END) AS owed_surplus
            FROM ledger_entries WHERE kind IN ('refund', 'refund_returned') GROUP BY merchant_id, refund_part_id
        ) AS e ON e.merchant_id = part.merchant_id AND e.refund_part_id = part.id
        WHERE -COALESCE(e.box, 0) <> CASE WHEN part.state = 'done' THEN part.amount ELSE 0 END
            OR COALESCE(e.owed, 0)
                <> CASE WHEN part.state = 'done' AND refund.kind = 'order' THEN part.amount ELSE 0 END
            OR COALESCE(e.owed_surplus, 0)
                <> CASE WHEN part.state = 'done' AND refund.kind = 'surplus' THEN part.amount ELSE 0 END
        """,
        f"Look the part up at the channel first. {_ADD}",
    ),
    check(
        "ledger_forfeits",
        "order {number}: the forfeit of ledger group {group_id} takes {owed} from the order and earns {earned}; no "
        "paid instalment of it may be kept so",
        """
        SELECT g.merchant_id, o.number, g.group_id, g.owed, g.earned
        FROM (
            SELECT merchant_id, group_id, order_id,
                SUM(CASE WHEN book = 'orders' THEN amount ELSE 0 END) AS owed,
                -SUM(CASE WHEN book = 'forfeited_income' THEN amount ELSE 0 END) AS earned
            FROM ledger_entries WHERE kind = 'forfeit' GROUP BY merchant_id, group_id, order_id
        ) AS g
        JOIN orders AS o ON o.merchant_id = g.merchant_id AND o.id = g.order_id
        WHERE o.state <> 'closed' OR g.owed <> g.earned OR NOT EXISTS (
            SELECT 1 FROM instalments AS i
            WHERE i.merchant_id = g.merchant_id AND i.order_id = g.order_id AND i.paid = g.owed
                AND i.settled_at IS NOT NULL AND i.refundable <> 'always'
        )
        """,
        "Money is kept only of a closed order, and only an instalment whose `refundable` says so; give back the rest. "
        + _ADD,
    ),
    check(
        "ledger_facts",
        "order {number}: ledger group {group_id} books a {kind} that never was",
        """
        SELECT DISTINCT e.merchant_id, o.number, e.group_id, e.kind
        FROM ledger_entries AS e
        JOIN orders AS o ON o.merchant_id = e.merchant_id AND o.id = e.order_id
        LEFT JOIN payments AS p ON p.merchant_id = e.merchant_id AND p.id = e.payment_id
        LEFT JOIN refund_parts AS part ON part.merchant_id = e.merchant_id AND part.id = e.refund_part_id
        WHERE (e.kind IN ('receipt', 'revival', 'capture') AND COALESCE(p.state, '') <> 'settled')
            OR (e.kind IN ('refund', 'refund_returned') AND part.id IS NULL)
            OR (e.kind IN ('hold', 'release') AND COALESCE(p.role, 'cash') = 'cash')
            OR p.order_id <> e.order_id OR part.order_id <> e.order_id OR part.payment_id <> e.payment_id
        """,
        f"Ask the channel whether the money moved. {_ADD}",
    ),
    check(
        "ledger_boxes",
        "order {number}: payment {out_trade_no} is of another account than {book}, where its {kind} is booked",
        f"""
        SELECT e.merchant_id, o.number, p.out_trade_no, e.book, e.kind
        FROM ledger_entries AS e
        JOIN orders AS o ON o.merchant_id = e.merchant_id AND o.id = e.order_id
        JOIN payments AS p ON p.merchant_id = e.merchant_id AND p.id = e.payment_id
        LEFT JOIN refund_parts AS part ON part.merchant_id = e.merchant_id AND part.id = e.refund_part_id
        WHERE (e.book LIKE 'channel:%' AND replace(e.book, '-', '') <> 'channel:' || {bare("p.account_id")})
            OR (e.book = 'by_hand' AND COALESCE(CAST(part.evidence AS VARCHAR(10)), 'null') = 'null')
            OR (e.source = 'core' AND e.book NOT LIKE 'channel:%' AND e.book NOT IN ('by_hand', 'orders', 'surplus')
                AND e.book NOT IN ('tender:' || COALESCE(part.tender, p.channel), 'held:' || p.channel,
                    'adjusted:' || p.channel))
        """,
        f"Money lies in the box of its payment's account, or people sent it and left evidence. {_ADD}",
    ),
    check(
        "ledger_orders_book",
        "order {number}: {paid} paid and {refunded} back leave {rest}, the books owe {owed} and kept {kept}",
        """
        SELECT o.merchant_id, o.number, o.paid, o.refunded, o.paid - o.refunded AS rest, -COALESCE(e.owed, 0) AS owed,
            -COALESCE(e.kept, 0) AS kept
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id,
                SUM(CASE WHEN book = 'orders' THEN amount ELSE 0 END) AS owed,
                SUM(CASE WHEN book = 'forfeited_income' THEN amount ELSE 0 END) AS kept
            FROM ledger_entries WHERE book IN ('orders', 'forfeited_income') AND source = 'core'
            GROUP BY merchant_id, order_id
        ) AS e ON e.merchant_id = o.merchant_id AND e.order_id = o.id
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(settled_amount) AS amount FROM payments
            WHERE role = 'payable' AND state = 'settled' AND concluded_at IS NULL GROUP BY merchant_id, order_id
        ) AS later ON later.merchant_id = o.merchant_id AND later.order_id = o.id
        WHERE o.refunded - o.paid <> COALESCE(e.owed, 0) + COALESCE(e.kept, 0) - COALESCE(later.amount, 0)
        """,
        f"order_money, ledger_receipts and ledger_refunds tell which fact differs. {_ADD}",
    ),
    check(
        "ledger_surplus_book",
        "order {number}: {surplus} came late or twice and {back} of it went back, the books still owe {owed}",
        """
        SELECT o.merchant_id, o.number, COALESCE(p.surplus, 0) AS surplus, COALESCE(r.back, 0) AS back,
            -COALESCE(e.owed, 0) AS owed
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(surplus) AS surplus FROM payments
            WHERE surplus <> 0 GROUP BY merchant_id, order_id
        ) AS p ON p.merchant_id = o.merchant_id AND p.order_id = o.id
        LEFT JOIN (
            SELECT part.merchant_id, part.order_id, SUM(part.amount) AS back FROM refund_parts AS part
            JOIN refunds AS refund ON refund.merchant_id = part.merchant_id AND refund.id = part.refund_id
            WHERE refund.kind = 'surplus' AND part.state = 'done' GROUP BY part.merchant_id, part.order_id
        ) AS r ON r.merchant_id = o.merchant_id AND r.order_id = o.id
        LEFT JOIN (
            SELECT merchant_id, order_id, SUM(amount) AS owed FROM ledger_entries
            WHERE book = 'surplus' GROUP BY merchant_id, order_id
        ) AS e ON e.merchant_id = o.merchant_id AND e.order_id = o.id
        WHERE COALESCE(p.surplus, 0) - COALESCE(r.back, 0) <> -COALESCE(e.owed, 0)
        """,
        f"surplus_refunds and ledger_receipts tell which payment differs. {_ADD}",
    ),
)
