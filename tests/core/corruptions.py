"""What may go wrong in the rows of the hamlet: for every check of core, the SQL that somebody wrote past the services.

In the SQL and the names, ``{shipped}`` is the number of the order of that name, see ``tests/core/hamlet.py``.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Corruption:
    """Statements that break one invariant.

    :param check: the check that must find it.
    :param names: what its sentence must say: the row, and what is wrong with it.
    :param also: other checks that rightly see it too; no other check may.
    """

    check: str
    statements: tuple[str, ...]
    names: str
    also: tuple[str, ...] = field(default=())


def of(name: str) -> str:
    """SQL: the row belongs to the order of that name."""
    return f"order_id = {an(name)}"


def an(name: str) -> str:
    """SQL: the id of the order of that name."""
    return f"(SELECT id FROM orders WHERE number = '{{{name}}}')"


#: an id that nobody has, as both databases read it
NOBODY = "f" * 32
LONG_AGO = "'2026-01-01 00:00:00.000000'"
SHIPMENT = f"(SELECT id FROM shipments WHERE {of('shipped')})"


def aged(name: str) -> str:
    """SQL: whatever moved in that order moved long ago."""
    return f"UPDATE move_log SET at = {LONG_AGO} WHERE {of(name)}"


def booking(name: str, kind: str, book: str, amount: int, number: int, payment: str = "NULL") -> str:
    """SQL: one more entry of a group that nobody posted."""
    return (
        "INSERT INTO ledger_entries (merchant_id, id, group_id, kind, source, book, amount, currency, order_id, "
        f"payment_id, booked_at) VALUES (1, '{NOBODY[:-1]}{number}', '{NOBODY}', '{kind}', 'core', '{book}', "
        f"{amount}, 'CNY', {an(name)}, {payment}, {LONG_AGO})"
    )


PRICES = (
    Corruption(
        "order_payable",
        ("UPDATE orders SET payable = payable + 1 WHERE number = '{unpaid}'",),
        "order {unpaid} asks for 10801, its lines come to 10800",
        also=("instalment_amounts",),
    ),
    Corruption(
        "order_totals",
        ("UPDATE orders SET freight_amount = freight_amount + 7 WHERE number = '{shipped}'",),
        "order {shipped} says 14700 for goods and 7 for freight",
    ),
    Corruption(
        "line_amounts",
        (f"UPDATE order_lines SET unit_price = unit_price + 1 WHERE sku = 'tea' AND {of('shipped')}",),
        "order {shipped}: line tea has 3 at 4901",
    ),
    Corruption(
        "line_nets",
        (
            f"UPDATE order_lines SET net = net + 1 WHERE sku = 'tea' AND {of('unpaid')}",
            f"UPDATE order_lines SET net = net - 1 WHERE sku = 'pot' AND {of('unpaid')}",
        ),
        "order {unpaid}: line tea of 9800 with adjustments of 0 is not 9801",
    ),
    Corruption(
        "adjustment_shares",
        (f"UPDATE adjustments SET amount = amount - 1 WHERE {of('to_ship')}",),
        "order {to_ship}: adjustment 'Member price'",
    ),
    Corruption(
        "instalment_amounts",
        (f"UPDATE instalments SET amount = amount + 1 WHERE {of('unpaid')}",),
        "order {unpaid} asks for 10800, its instalments come to 10801",
    ),
)

MONEY = (
    Corruption(
        "order_money",
        ("UPDATE orders SET paid = paid - 1 WHERE number = '{shipped}'",),
        "order {shipped} says 14699 paid and 0 refunded, its payments say 14700 and 0",
        also=("ledger_orders_book",),
    ),
    Corruption(
        "instalment_money",
        (f"UPDATE instalments SET settled_at = NULL WHERE {of('shipped')}",),
        "order {shipped}: instalment 1 of 14700 says 14700 paid, not settled",
        also=("payment_axis",),
    ),
    Corruption(
        "payment_facts",
        (f"UPDATE payments SET concluded_at = created_at WHERE {of('opened')}",),
        "order {opened}: payment P",
    ),
    Corruption(
        "payment_shares",
        (f"DELETE FROM shares WHERE payment_id IS NOT NULL AND {of('shipped')}",),
        "order {shipped}: 14700 of payment P",
    ),
    Corruption(
        "line_cash",
        (
            "UPDATE shares SET amount = amount + 5 WHERE payment_id IS NOT NULL AND line_id IN "
            f"(SELECT id FROM order_lines WHERE sku = 'tea' AND {of('part_refund')})",
            "UPDATE shares SET amount = amount - 5 WHERE payment_id IS NOT NULL AND line_id IN "
            f"(SELECT id FROM order_lines WHERE sku = 'pot' AND {of('part_refund')})",
        ),
        "order {part_refund}: line tea costs 14700, and 14705 were paid for it",
    ),
    Corruption(
        "payment_ceiling",
        (f"UPDATE payments SET refund_pending = 1 WHERE {of('part_refund')}",),
        "says 4900 back and 1 on its way, its refund parts say 4900 and 0",
    ),
    Corruption(
        "closed_orders_keep_nothing",
        ("DELETE FROM ledger_entries WHERE kind = 'forfeit'",),
        "order {kept} is closed with 2450 paid: 0 went back, 0 is on its way and 0 was agreed to be kept",
    ),
    Corruption(
        "currencies",
        (f"UPDATE payments SET currency = 'EUR' WHERE {of('shipped')}",),
        "order {shipped} is in CNY, its payment P",
    ),
    Corruption(
        "currencies",
        (f"UPDATE ledger_entries SET currency = 'EUR' WHERE {of('shipped')}",),
        "order {shipped} is in CNY, its booking of kind receipt in EUR",
    ),
    Corruption(
        "one_order",
        (f"UPDATE reservations SET order_id = {an('to_ship')} WHERE {of('shipped')}",),
        "order {to_ship}: a reservation of tea points at order_lines of another order",
    ),
    Corruption(
        "one_order",
        (
            f"UPDATE payments SET instalment_id = (SELECT id FROM instalments WHERE {of('opened')}) "
            f"WHERE {of('closed')}",
        ),
        "order {closed}: payment P",
    ),
)

REFUNDS = (
    Corruption(
        "refund_amount",
        (f"UPDATE refunds SET amount = amount + 1 WHERE {of('part_refund')}",),
        "of 4901 has parts of 4900",
        also=("refund_lines",),
    ),
    Corruption(
        "refund_status",
        (f"UPDATE refunds SET status = 'open' WHERE {of('part_refund')}",),
        "order {part_refund}: refund R",
        also=("line_refunds", "refund_axis"),
    ),
    Corruption(
        "refund_lines",
        (f"UPDATE refunds SET freight = 1 WHERE {of('part_refund')}",),
        "of 4900 with 1 of freight has lines of 4900 with 0",
    ),
    Corruption(
        "line_refunds",
        (f"UPDATE order_lines SET refunding = 1 WHERE sku = 'tea' AND {of('part_refund')}",),
        "order {part_refund}: line tea says 1 units and 4900 back, 1 and 0 asked back",
    ),
    Corruption(
        "surplus_refunds",
        (f"UPDATE refunds SET status = 'withdrawn' WHERE {of('late_pending')}",),
        "order {late_pending}: 4900 of payment P",
        also=("refund_status",),
    ),
    Corruption(
        "surplus_refunds",
        (
            "INSERT INTO refunds (merchant_id, id, order_id, kind, number, reason, destination, amount, freight, "
            f"whole, status, created_at) SELECT merchant_id, '{NOBODY}', order_id, kind, 'R-AGAIN', reason, "
            f"destination, 1, freight, whole, 'open', created_at FROM refunds WHERE {of('late')}",
            f"UPDATE refund_parts SET refund_id = '{NOBODY}' WHERE {of('late')}",
            "INSERT INTO refund_parts (merchant_id, id, order_id, refund_id, payment_id, out_refund_no, amount, tries, "
            f"state, version) SELECT merchant_id, '{NOBODY}', order_id, (SELECT id FROM refunds WHERE kind = 'surplus' "
            f"AND number <> 'R-AGAIN' AND {of('late')}), payment_id, 'R-AGAIN-1', 1, 0, 'planned', 1 "
            f"FROM refund_parts WHERE {of('late')}",
        ),
        "are surplus; 2 refunds give 4901 of it back",
        also=(
            "payment_ceiling",
            "refund_amount",
            "refund_status",
            "log_ends",
        ),
    ),
)

LEDGER = (
    Corruption(
        "ledger_balances",
        (f"UPDATE ledger_entries SET amount = amount - 1 WHERE book = 'orders' AND {of('shipped')}",),
        "of order {shipped} sums to -1, not 0",
        also=("ledger_receipts", "ledger_orders_book", "ledger_books"),
    ),
    Corruption(
        "ledger_receipts",
        (f"DELETE FROM ledger_entries WHERE kind = 'receipt' AND {of('shipped')}",),
        "the books received 0, owe 0 for the order and 0 as surplus",
        also=("ledger_orders_book",),
    ),
    Corruption(
        "ledger_refunds",
        (f"DELETE FROM ledger_entries WHERE kind = 'refund' AND {of('late')}",),
        "(surplus) is done; the books let 0 go, 0 for the order and 0 as surplus",
        also=("ledger_surplus_book",),
    ),
    Corruption(
        "ledger_forfeits",
        (f"UPDATE instalments SET refundable = 'always' WHERE {of('kept')}",),
        "order {kept}: the forfeit of ledger group",
    ),
    Corruption(
        "ledger_facts",
        (booking("shipped", "receipt", "orders", 5, 1), booking("shipped", "receipt", "orders", -5, 2)),
        "order {shipped}: ledger group ffffffff-ffff-ffff-ffff-ffffffffffff books a receipt that never was",
    ),
    Corruption(
        "ledger_boxes",
        (f"UPDATE ledger_entries SET book = 'channel:nobody' WHERE book <> 'orders' AND {of('shipped')}",),
        "order {shipped}: payment P",
    ),
    Corruption(
        "ledger_boxes",
        (
            "UPDATE ledger_entries SET book = 'by_hand' WHERE kind = 'refund' AND book <> 'orders' "
            f"AND {of('refunded')}",
        ),
        "is of another account than by_hand, where its refund is booked",
    ),
    Corruption(
        "ledger_orders_book",
        (booking("kept", "forfeit", "by_hand", 3, 1), booking("kept", "forfeit", "orders", -3, 2)),
        "order {kept}: 2450 paid and 0 back leave 2450, the books owe 3 and kept 2450",
        also=("ledger_forfeits",),
    ),
    Corruption(
        "ledger_surplus_book",
        (booking("late", "forfeit", "surplus", -3, 1), booking("late", "forfeit", "by_hand", 3, 2)),
        "order {late}: 4900 came late or twice and 4900 of it went back, the books still owe 3",
        also=("ledger_forfeits",),
    ),
)
