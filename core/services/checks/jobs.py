"""Invariants of work: jobs are run or people know why not, notices are applied, cases and keys come to an end."""

from core.services.checks.finding import JOBS, bare, check

CHECKS = (
    check(
        "jobs_run",
        "the job {name} {id} should have run at {since}, and nobody came",
        """
        SELECT j.merchant_id, j.name, j.id, COALESCE(j.leased_until, j.due_at) AS since
        FROM jobs AS j
        WHERE j.status = 'waiting' AND j.due_at < :hour_ago AND COALESCE(j.leased_until, j.due_at) < :hour_ago
        """,
        "No worker runs, or none that has this plugin's queue: start `merx worker` and, with Redis, `merx dispatch`. "
        "What is late is then done by itself.",
    ),
    check(
        "jobs_failed",
        "the job {name} {id} gave up and no case about it is open: {error}",
        """
        SELECT j.merchant_id, j.name, j.id, COALESCE(j.error, 'it does not say why') AS error
        FROM jobs AS j
        WHERE j.status = 'failed' AND NOT EXISTS (
            SELECT 1 FROM cases AS c
            WHERE c.merchant_id = j.merchant_id AND c.status = 'open' AND c.thing_kind = 'job' AND c.thing_id = j.id
        )
        """,
        "Mend what the error names and let the job be tried again, or drop it: a job that gave up is done by nobody.",
    ),
    check(
        "notice_jobs",
        "the notice {event} of channel {channel} is {status} since {since}, and no job will apply it",
        f"""
        SELECT n.merchant_id, n.event_id AS event, n.channel, n.status, n.received_at AS since
        FROM notices AS n
        LEFT JOIN {JOBS} AS j ON j.merchant_id = n.merchant_id AND j.key = 'notice' || {bare("n.id")}
        WHERE n.status IN ('new', 'parked') AND n.received_at < :hour_ago AND j.key IS NULL
            -- after the last look people were asked whose money it is
            AND NOT (n.status = 'parked' AND EXISTS (SELECT 1 FROM cases AS c
                WHERE c.merchant_id = n.merchant_id AND c.thing_kind = 'notice' AND c.thing_id = n.id))
        """,
        "Write the job core.apply_notice for it (key notice-<notice id>): it is applied once, however often it runs.",
    ),
    check(
        "case_ends",
        "case {kind} {id} is {status}, {resolved}, and its key is {key_now}",
        """
        SELECT c.merchant_id, c.kind, c.id, c.status,
            CASE WHEN c.resolved_at IS NULL THEN 'never resolved' ELSE 'resolved once' END AS resolved,
            COALESCE(c.key, 'free') AS key_now
        FROM cases AS c
        WHERE (c.status = 'resolved' AND c.key IS NOT NULL) OR (c.status = 'resolved') <> (c.resolved_at IS NOT NULL)
        """,
        "Clear the key of a resolved case: while it stands, the same trouble opens no new one and nobody hears of it.",
    ),
    check(
        "idempotency_keys_end",
        "the Idempotency-Key {key} of {principal} is at work since {since}",
        """
        SELECT k.merchant_id, k.key, k.principal, k.created_at AS since
        FROM idempotency_keys AS k
        WHERE k.status IS NULL AND k.created_at < :day_ago
        """,
        "The job core.purge forgets it an hour after its lease: see that it runs for this merchant.",
    ),
)
