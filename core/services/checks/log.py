"""Invariants of the move log and of events: without a gap, without a jump, and ending where the thing is now."""

from core import plugin_choice
from core.contracts.checkout import Check
from core.lifecycles import MACHINES
from core.machine import RESUME
from core.services.checks.finding import Found, check, keep, sentence, stream

#: SQL: everything that has a lifecycle: its kind in the log, its id, its order, what people call it, where it is now
THINGS = """(
    SELECT merchant_id, 'order' AS kind, id, id AS order_id, number AS label, state, version FROM orders
    UNION ALL
    SELECT merchant_id, 'payment' AS kind, id, order_id, out_trade_no AS label, state, version FROM payments
    UNION ALL
    SELECT merchant_id, 'refund' AS kind, id, order_id, out_refund_no AS label, state, version FROM refund_parts
    UNION ALL
    SELECT merchant_id, 'shipment' AS kind, id, order_id, number AS label, state, version FROM shipments
)"""


def moves_not_in_the_tables() -> Found:
    """Kinds of moves that were logged and stand in no table of core or of an installed plugin."""
    legal = _legal()
    states = {name: set(machine.states) for name, machine in MACHINES.items()}
    taken = stream(
        """
        SELECT m.merchant_id, m.subject_kind, m.move, m.source_state, m.target_state, m.source, COUNT(*) AS times,
            MIN(o.number) AS number
        FROM move_log AS m
        LEFT JOIN orders AS o ON o.merchant_id = m.merchant_id AND o.id = m.order_id
        GROUP BY m.merchant_id, m.subject_kind, m.move, m.source_state, m.target_state, m.source
        """
    )
    return keep(
        sentence(
            row["merchant_id"],
            "{subject_kind} moved {times} times by {move!r} from {source_state} to {target_state}, which no table "
            "allows; once in order {number}".format(**row),
        )
        for row in taken
        if (row["subject_kind"], row["move"], row["source_state"], row["target_state"]) not in legal
        # a plugin that was removed took its rows along
        and not (row["source"] == "plugin" and row["target_state"] in states.get(row["subject_kind"], ()))
    )


def _legal() -> set[tuple[str, str, str | None, str]]:
    """(kind, move, from, to) of every row of core and of the installed plugins, on or off, RESUME spelled out."""
    offered = [row for _, offers in plugin_choice.all_offers() for row in offers.moves.items()]
    rows = [(name, move) for name, moves in offered for move in moves]
    rows += [(name, move) for name, machine in MACHINES.items() for move in machine.moves]
    return {
        (name, move.name, move.source, target)
        for name, move in rows
        for target in (MACHINES[name].resumes[move.source or ""] if move.to == RESUME else (move.to,))
    }


CHECKS = (
    check(
        "log_gapless",
        "order {number}: the log of {kind} {subject_id} has {rows} rows, numbered {first} to {last}",
        """
        SELECT m.merchant_id, o.number, m.kind, m.subject_id, m.rows, m.first, m.last
        FROM (
            SELECT merchant_id, subject_id, MIN(subject_kind) AS kind, MIN(seq) AS first, MAX(seq) AS last,
                COUNT(*) AS rows, MIN(CAST(order_id AS VARCHAR(40))) AS of_order
            FROM move_log GROUP BY merchant_id, subject_id
            HAVING MIN(seq) <> 1 OR MAX(seq) <> COUNT(*)
        ) AS m
        LEFT JOIN orders AS o ON o.merchant_id = m.merchant_id AND CAST(o.id AS VARCHAR(40)) = m.of_order
        """,
        "Rows of the log are never deleted: fetch the missing ones from a backup, and find out who deleted them.",
    ),
    check(
        "log_ends",
        "{kind} {label} is {state} at version {version}, its log {ends}",
        f"""
        SELECT t.merchant_id, t.label, t.kind, t.state, t.version,
            CASE WHEN later.seq IS NOT NULL THEN 'goes on after it' WHEN m.seq IS NULL THEN 'has no such row'
                WHEN m.subject_kind <> t.kind THEN 'tells of another kind'
                ELSE 'ends in ' || m.target_state END AS ends
        FROM {THINGS} AS t
        LEFT JOIN move_log AS m ON m.merchant_id = t.merchant_id AND m.subject_id = t.id AND m.seq = t.version
        LEFT JOIN move_log AS later
            ON later.merchant_id = t.merchant_id AND later.subject_id = t.id AND later.seq = t.version + 1
        WHERE m.seq IS NULL OR m.target_state <> t.state OR m.subject_kind <> t.kind OR later.seq IS NOT NULL
        """,
        "Somebody wrote a state past the table of moves. If the other checks are silent about it, the log is right: "
        "write its last state and number back; then look for who did it.",
    ),
    check(
        "log_chain",
        "order {number}: row {seq} of the log of {subject_kind} {subject_id} leaves {source_state}, the row before "
        "arrived in {arrived}",
        """
        SELECT m.merchant_id, o.number, m.seq, m.subject_kind, m.subject_id,
            COALESCE(m.source_state, 'nothing') AS source_state, COALESCE(before.target_state, 'nothing') AS arrived
        FROM move_log AS m
        LEFT JOIN orders AS o ON o.merchant_id = m.merchant_id AND o.id = m.order_id
        LEFT JOIN move_log AS before
            ON before.merchant_id = m.merchant_id AND before.subject_id = m.subject_id AND before.seq = m.seq - 1
        WHERE (m.seq = 1 OR before.seq IS NOT NULL)
            AND COALESCE(m.source_state, '') <> COALESCE(before.target_state, '')
        """,
        "Rows of the log are never changed: compare both with a backup, and find out who changed one.",
    ),
    Check(
        "log_edges",
        moves_not_in_the_tables,
        "Read the move log of the orders named: who moved them, by which program? If a plugin was removed whose rows "
        "these are, install it again.",
    ),
    check(
        "log_subjects",
        "row {seq} of the log tells of {subject_kind} {subject_id}, which is not there or not of that order",
        f"""
        SELECT m.merchant_id, m.subject_id, m.subject_kind, m.seq
        FROM move_log AS m
        LEFT JOIN {THINGS} AS t ON t.merchant_id = m.merchant_id AND t.id = m.subject_id AND t.order_id = m.order_id
        WHERE t.id IS NULL
        """,
        "Orders and what belongs to them are never deleted: fetch the thing from a backup.",
    ),
    check(
        "event_numbers",
        "order {number} has told {event_seq} events, {events} are there, the last is number {last}",
        """
        SELECT o.merchant_id, o.number, o.event_seq, COALESCE(e.events, 0) AS events, COALESCE(e.last, 0) AS last
        FROM orders AS o
        LEFT JOIN (
            SELECT merchant_id, about_id, COUNT(*) AS events, MAX(seq) AS last, MIN(seq) AS first FROM events
            WHERE about_kind = 'order' GROUP BY merchant_id, about_id
        ) AS e ON e.merchant_id = o.merchant_id AND e.about_id = o.id
        WHERE o.event_seq <> COALESCE(e.events, 0) OR o.event_seq <> COALESCE(e.last, 0) OR e.first < 1
        """,
        "Who listens to webhooks waits for the missing number: fetch the event from a backup, or announce it anew.",
    ),
)
