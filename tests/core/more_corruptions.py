"""What may go wrong in goods, axes, the log, nodes, and in what is to happen later."""

from tests.core.books_corruptions import BOOKS
from tests.core.corruptions import LEDGER, LONG_AGO, MONEY, NOBODY, PRICES, REFUNDS, SHIPMENT, Corruption, aged, an, of

GOODS = (
    Corruption(
        "stock_promises",
        (
            "UPDATE stock SET reserved = reserved + 1 WHERE merchant_id = 1 AND variant_id = "
            "(SELECT id FROM variants WHERE merchant_id = 1 AND sku = 'pot')",
        ),
        "2 of pot are reserved in warehouse north, its reservations hold 1",
    ),
    Corruption(
        "reservation_states",
        (f"UPDATE reservations SET status = 'sold' WHERE {of('closed')}",),
        "order {closed} is closed and 1 of tea are sold, not released",
    ),
    Corruption(
        "reservation_units",
        (f"DELETE FROM reservations WHERE {of('closed')}",),
        "order {closed}: 1 of tea were bought, 0 were taken from shelves",
    ),
    Corruption(
        "units_sold",
        (f"UPDATE reservations SET restocked = 1 WHERE {of('shipped')}",),
        "order {shipped}: 3 of tea were sent, 2 were sold and are not back on their shelf",
    ),
    Corruption(
        "line_shipped",
        (f"UPDATE order_lines SET shipped = 1 WHERE sku = 'tea' AND {of('part_shipped')}",),
        "order {part_shipped}: 1 of line tea were sent, its shipments say 2",
    ),
    Corruption(
        "line_received",
        (f"UPDATE order_lines SET received = 1 WHERE sku = 'tea' AND {of('shipped')}",),
        "order {shipped}: 1 of line tea were received, its received shipments say 0",
    ),
    Corruption(
        "shipment_states",
        (f"UPDATE shipment_lines SET quantity = 4 WHERE shipment_id = {SHIPMENT}",),
        "order {shipped}: shipment {shipped}-1 is shipped with 3 of 4 units sent",
    ),
    Corruption(
        "parcel_contents",
        (f"UPDATE parcels SET contents = '{{}}' WHERE shipment_id = {SHIPMENT}",),
        "shipment {shipped}-1 says 3 units of 1 lines sent, its parcels hold 0 units of 0 lines",
    ),
    Corruption(
        "parcels_delivered",
        (f"UPDATE parcels SET delivered_at = sent_at WHERE shipment_id = {SHIPMENT}",),
        "is said to be delivered, and no trail of it was ever signed for",
    ),
    Corruption(
        "orders_to_send",
        (f"UPDATE shipments SET state = 'cancelled' WHERE {of('to_ship')}",),
        "order {to_ship} awaits shipment, and no shipment of it waits to be sent",
        also=("log_ends",),
    ),
)

STATE = (
    Corruption(
        "payment_axis",
        ("UPDATE orders SET payment_axis = 'part' WHERE number = '{shipped}'",),
        "the payment axis of order {shipped} says part, its rows say paid",
    ),
    Corruption(
        "fulfilment_axis",
        ("UPDATE orders SET fulfilment_axis = 'received' WHERE number = '{shipped}'",),
        "the fulfilment axis of order {shipped} says received, its rows say shipped",
    ),
    Corruption(
        "refund_axis",
        ("UPDATE orders SET refund_axis = 'none' WHERE number = '{refunding}'",),
        "the refund axis of order {refunding} says none, its rows say applying",
    ),
    Corruption(
        "log_gapless",
        (f"DELETE FROM move_log WHERE seq = 2 AND subject_id = {an('shipped')}",),
        "order {shipped}: the log of order",
    ),
    Corruption(
        "log_ends",
        (f"UPDATE payments SET state = 'failed' WHERE {of('opened')}",),
        "is failed at version 2, its log ends in open",
    ),
    Corruption(
        "log_ends",
        ("UPDATE orders SET version = version + 1 WHERE number = '{shipped}'",),
        "order {shipped} is shipped at version 6, its log has no such row",
    ),
    Corruption(
        "log_ends",
        ("UPDATE orders SET version = version - 1, state = 'awaiting_shipment' WHERE number = '{shipped}'",),
        "order {shipped} is awaiting_shipment at version 4, its log goes on after it",
        also=("orders_to_send", "deadlines_end"),
    ),
    Corruption(
        "log_chain",
        tuple(
            f"UPDATE move_log SET seq = {to} WHERE seq = {seq} AND subject_id = {an('shipped')}"
            for seq, to in ((3, 99), (4, 3), (99, 4))
        ),
        "leaves paid, the row before arrived in pending_payment",
    ),
    Corruption(
        "log_edges",
        (f"UPDATE move_log SET move = 'teleport' WHERE seq = 4 AND subject_id = {an('shipped')}",),
        "order moved 1 times by 'teleport' from paid to awaiting_shipment, which no table allows; once in order "
        "{shipped}",
    ),
    Corruption(
        "log_subjects",
        (f"UPDATE move_log SET order_id = {an('held')} WHERE subject_kind = 'shipment' AND {of('shipped')}",),
        "the log tells of shipment",
    ),
    Corruption(
        "event_numbers",
        (f"UPDATE events SET about_kind = 'merchant', about_id = NULL WHERE seq = 2 AND about_id = {an('shipped')}",),
        "order {shipped} has told",
    ),
    Corruption(
        "order_times",
        ("UPDATE orders SET closed_at = placed_at WHERE number = '{shipped}'",),
        "order {shipped} is shipped: it was paid once, completed never, closed once",
    ),
    Corruption(
        "order_resume",
        ("UPDATE orders SET resume_state = NULL WHERE number = '{refunding}'",),
        "order {refunding} is refunding and would go on at no node",
    ),
    Corruption(
        "paid_orders_move",
        ("UPDATE orders SET state = 'pending_payment' WHERE number = '{held}'",),
        "order {held} is paid whole and still waits for money",
        also=("log_ends", "order_times", "reservation_states"),
    ),
    Corruption(
        "refunding_orders",
        (f"UPDATE refunds SET status = 'withdrawn' WHERE {of('refunding')}",),
        "order {refunding} is refunding and no refund of it is open",
        also=("refund_status", "line_refunds", "refund_axis"),
    ),
    Corruption(
        "refunded_orders",
        ("UPDATE orders SET refund_axis = 'part' WHERE number = '{refunded}'",),
        "order {refunded} is refunded, its refund axis says part, and no case about it is open",
        also=("refund_axis",),
    ),
)

LATER = (
    Corruption(
        "payments_concluded",
        (f"UPDATE payments SET concluded_at = NULL WHERE {of('shipped')}",),
        "order {shipped}: payment P",
    ),
    Corruption(
        "tenders_held",
        (f"UPDATE payments SET role = 'payable' WHERE {of('opened')}",),
        "of wire are held by P",
    ),
    Corruption(
        "attempts_looked_after",
        (
            f"UPDATE payments SET state = 'unsure' WHERE {of('opened')}",
            f"DELETE FROM deadlines WHERE {of('opened')}",
            "DELETE FROM jobs WHERE name = 'core.query_payment'",
            aged("opened"),
        ),
        "by wire is unsure since 2026-01-01 00:00 UTC, and nobody will ask what became of it",
        also=("log_ends",),
    ),
    Corruption(
        "attempts_of_ended_orders",
        (
            f"UPDATE payments SET state = 'open' WHERE {of('closed')}",
            "DELETE FROM jobs WHERE name = 'core.query_payment'",
            aged("closed"),
        ),
        "order {closed} is closed, and payment P",
        also=("log_ends",),
    ),
    Corruption(
        "refund_parts_looked_after",
        ("DELETE FROM jobs WHERE name = 'core.query_refund'", aged("late_pending")),
        "order {late_pending}: part R",
    ),
    Corruption(
        "refund_parts_looked_after",
        (
            "UPDATE cases SET status = 'resolved', key = NULL, resolved_at = opened_at WHERE kind = 'refund_to_make' "
            f"AND {of('refunding')}",
            aged("refunding"),
        ),
        "of 9800 is pending since 2026-01-01 00:00 UTC, and nobody looks after it",
    ),
    Corruption(
        "refund_parts_looked_after",
        (
            f"UPDATE refund_parts SET state = 'sending' WHERE {of('failing')}",
            "DELETE FROM jobs WHERE name = 'core.send_refund'",
            aged("failing"),
        ),
        "of 4900 is sending since 2026-01-01 00:00 UTC, and nobody looks after it",
        also=("log_ends",),
    ),
    Corruption(
        "deadline_jobs",
        ("DELETE FROM jobs WHERE name = 'core.deadline'",),
        "order {shipped} is shipped: its deadline confirm is due at 2026-03-13 02:00 UTC, and no job will ring it",
    ),
    Corruption(
        "deadlines_end",
        (f"UPDATE deadlines SET kind = 'settle' WHERE kind = 'remind' AND {of('unpaid')}",),
        "order {unpaid} is pending_payment and still waits for settle",
    ),
    Corruption(
        "jobs_run",
        (
            f"UPDATE jobs SET due_at = {LONG_AGO}, leased_until = {LONG_AGO}, lease = id "
            "WHERE name = 'core.query_refund'",
        ),
        "the job core.query_refund",
    ),
    Corruption(
        "jobs_failed",
        ("UPDATE jobs SET status = 'failed', error = 'it broke' WHERE name = 'core.query_refund'",),
        "gave up and no case about it is open: it broke",
    ),
    Corruption(
        "notice_jobs",
        (
            "INSERT INTO notices (merchant_id, id, account_id, channel, event_id, facts, body, status, received_at) "
            f"SELECT 1, '{NOBODY}', account_id, 'wire', 'EV-1', '[]', '', 'parked', {LONG_AGO} FROM payments "
            f"WHERE {of('opened')}",
        ),
        "the notice EV-1 of channel wire is parked since 2026-01-01 00:00 UTC, and no job will apply it",
    ),
    Corruption(
        "case_ends",
        (f"UPDATE cases SET key = 'still here' WHERE kind = 'refund_to_make' AND {of('given_back')}",),
        "is resolved, resolved once, and its key is still here",
    ),
    Corruption(
        "idempotency_keys_end",
        (
            "INSERT INTO idempotency_keys (merchant_id, id, principal, key, fingerprint, leased_until, created_at) "
            f"VALUES (1, '{NOBODY}', 'buyer:1', 'K-1', 'x', {LONG_AGO}, {LONG_AGO})",
        ),
        "the Idempotency-Key K-1 of buyer:1 is at work since 2026-01-01 00:00 UTC",
    ),
)

CORRUPTIONS = (*PRICES, *MONEY, *REFUNDS, *LEDGER, *BOOKS, *GOODS, *STATE, *LATER)
