"""Invariants of what happens by itself: every clock that runs has somebody who rings it, and none runs for nothing."""

from core.services.checks.finding import JOBS, bare, check

CHECKS = (
    check(
        "deadline_jobs",
        "order {number} is {state}: its deadline {kind} is due at {since}, and no job will ring it",
        f"""
        SELECT d.merchant_id, o.number, o.state, d.kind, d.due_at AS since
        FROM deadlines AS d
        JOIN orders AS o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
        LEFT JOIN {JOBS} AS j ON j.merchant_id = d.merchant_id AND j.key = 'deadline' || {bare("d.id")}
        WHERE d.paused_left IS NULL AND j.key IS NULL
            -- one that rang a moment ago, and was outrun by the money, ends with the move that follows
            AND (d.due_at > :now OR d.due_at < :hour_ago)
        """,
        "Write the job core.deadline for it (key deadline-<deadline id>, with deadline_id and order_id), due when the "
        "deadline is.",
    ),
    check(
        "deadlines_end",
        "order {number} is {state} and still waits for {kind}",
        """
        SELECT d.merchant_id, o.number, o.state, d.kind
        FROM deadlines AS d
        JOIN orders AS o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
        WHERE (d.kind IN ('pay', 'remind') AND o.state <> 'pending_payment')
            OR (d.kind IN ('confirm', 'confirm_reminder') AND o.state NOT IN ('shipped', 'refunding'))
            OR (d.kind = 'settle' AND o.state NOT IN ('received', 'refunding'))
        """,
        "Delete the deadline: its node is over, and it would ring for nothing.",
    ),
)
