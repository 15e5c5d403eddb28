"""Invariants of what was begun with a channel: somebody will find out how it ended, and draw what follows from it."""

from core.services.checks.finding import CASES, JOBS, bare, check


def _moved(thing: str) -> str:
    """SQL: the row `m` of the log with the last move of *thing*."""
    return (
        f"LEFT JOIN move_log AS m ON m.merchant_id = {thing}.merchant_id AND m.subject_id = {thing}.id "
        f"AND m.seq = {thing}.version"
    )


def _watched(name: str, key: str, by: str = JOBS) -> str:
    """SQL: a join that finds under *name* who looks after it, by *key*; one a key, for no database hashes an `IN`."""
    return f"LEFT JOIN {by} AS {name} ON {name}.merchant_id = o.merchant_id AND {name}.key = {key}"


#: SQL: the deadline that closes an unpaid order, and its attempts before
RINGS = """LEFT JOIN deadlines AS d ON d.merchant_id = o.merchant_id AND d.order_id = o.id AND d.kind = 'pay'
    AND d.paused_left IS NULL AND o.state = 'pending_payment'"""
#: SQL: the jobs `q` that ask what became of an attempt, and `e` that end all attempts of an order
ASKS = f"""{_watched("q", f"'query' || {bare('p.id')}")}
        {_watched("e", f"'closeattempts' || {bare('o.id')}")}"""

CHECKS = (
    check(
        "payments_concluded",
        "order {number}: payment {out_trade_no} brought {settled_amount}, nothing followed from it, and no job will "
        "see to it",
        f"""
        SELECT p.merchant_id, o.number, p.out_trade_no, p.settled_amount
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        {_watched("j", f"'conclude' || {bare('p.id')}")}
        LEFT JOIN payments AS cash ON cash.merchant_id = p.merchant_id AND cash.instalment_id = p.instalment_id
            AND cash.role = 'cash' AND cash.state = 'settled' AND cash.concluded_at IS NULL AND p.role <> 'cash'
        WHERE p.state = 'settled' AND p.concluded_at IS NULL AND j.key IS NULL AND cash.id IS NULL
        """,
        "The money is booked and the order has not moved: write the job core.conclude for the payment (key "
        "conclude-<payment id>); twice is as once.",
    ),
    check(
        "attempts_looked_after",
        "order {number}: payment {out_trade_no} by {channel} is {state} since {since}, and nobody will ask what became "
        "of it",
        f"""
        SELECT p.merchant_id, o.number, p.out_trade_no, p.channel, p.state, COALESCE(m.at, p.created_at) AS since
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        {_moved("p")}
        {RINGS}
        {ASKS}
        WHERE p.role = 'cash' AND p.state IN ('created', 'unsure', 'closing')
            AND COALESCE(m.at, p.created_at) < :hour_ago AND q.key IS NULL AND e.key IS NULL AND d.id IS NULL
        """,
        "Ask the channel for the number: start the payment again, or close the order, which closes its attempts first.",
    ),
    check(
        "attempts_of_ended_orders",
        "order {number} is {order_state}, and payment {out_trade_no} by {channel} can still be paid since {since}",
        f"""
        SELECT p.merchant_id, o.number, p.out_trade_no, p.channel, o.state AS order_state,
            COALESCE(m.at, p.created_at) AS since
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        {_moved("p")}
        {ASKS}
        WHERE p.role = 'cash' AND p.state IN ('created', 'open', 'unsure', 'closing')
            AND o.state <> 'pending_payment'
            AND COALESCE(m.at, p.created_at) < :hour_ago AND q.key IS NULL AND e.key IS NULL
        """,
        "Write the job core.close_attempts for the order (key close-attempts-<order id>): it asks the channel and "
        "closes the number there. Money that comes all the same goes back by itself.",
    ),
    check(
        "tenders_held",
        "order {number}: {amount} of {channel} are held by {out_trade_no}, and nothing is left to wait for",
        """
        SELECT p.merchant_id, o.number, p.amount, p.channel, p.out_trade_no
        FROM payments AS p
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        WHERE p.role <> 'cash' AND p.state = 'open' AND (o.state <> 'pending_payment' OR (p.role = 'payable'
            AND NOT EXISTS (
                SELECT 1 FROM payments AS cash
                WHERE cash.merchant_id = p.merchant_id AND cash.instalment_id = p.instalment_id
                    AND cash.role = 'cash' AND cash.state IN ('created', 'open', 'unsure', 'closing')
            )))
        """,
        "What is set aside waits for the cash beside it, or for its order to be paid. Release it at the tender, then "
        "close the payment.",
    ),
    check(
        "refund_parts_looked_after",
        "order {number}: part {out_refund_no} of {amount} is {state} since {since}, and nobody looks after it",
        f"""
        SELECT p.merchant_id, o.number, p.out_refund_no, p.amount, p.state, COALESCE(m.at, r.created_at) AS since
        FROM refund_parts AS p
        JOIN refunds AS r ON r.merchant_id = p.merchant_id AND r.id = p.refund_id
        JOIN orders AS o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
        {_moved("p")}
        {_watched("s", f"'refund' || {bare('p.id')}")}
        {_watched("q", f"'queryrefund' || {bare('p.id')}")}
        {_watched("h", f"'refund_to_make:' || {bare('p.id')}", by=CASES)}
        {_watched("f", f"'refund_failed:' || {bare('p.id')}", by=CASES)}
        WHERE p.state IN ('planned', 'waiting', 'sending', 'unsure', 'pending', 'failed')
            AND COALESCE(m.at, r.created_at) < :hour_ago AND s.key IS NULL AND q.key IS NULL
            AND ((h.key IS NULL AND f.key IS NULL) OR p.state NOT IN ('pending', 'failed'))
        """,
        "Ask the channel for the number first. Then write the job core.send_refund for it (key refund-<part id>): "
        "it goes on under the same number, so that nothing goes back twice.",
    ),
)
