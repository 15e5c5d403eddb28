"""What must always be true of cards, for `merx doctor`: entries make the card, holds what is set aside, books both."""

from collections.abc import Sequence

from sqlalchemy import text

from core import Check, db

_ENTRIES = """
SELECT c.merchant_id, c.number, c.principal, c.bonus, c.held_principal, c.held_bonus,
    COALESCE(e.principal, 0) AS own, COALESCE(e.bonus, 0) AS gift, COALESCE(e.held_principal, 0) AS held_own,
    COALESCE(e.held_bonus, 0) AS held_gift
FROM stored_value_cards AS c
LEFT JOIN (
    SELECT merchant_id, card_id, SUM(principal) AS principal, SUM(bonus) AS bonus,
        SUM(held_principal) AS held_principal, SUM(held_bonus) AS held_bonus
    FROM stored_value_entries GROUP BY merchant_id, card_id
) AS e ON e.merchant_id = c.merchant_id AND e.card_id = c.id
WHERE c.principal <> COALESCE(e.principal, 0) OR c.bonus <> COALESCE(e.bonus, 0)
    OR c.held_principal <> COALESCE(e.held_principal, 0) OR c.held_bonus <> COALESCE(e.held_bonus, 0)
ORDER BY c.merchant_id, c.number
"""
_HOLDS = """
SELECT c.merchant_id, c.number, c.held_principal, c.held_bonus, COALESCE(h.principal, 0) AS own,
    COALESCE(h.bonus, 0) AS gift
FROM stored_value_cards AS c
LEFT JOIN (
    SELECT merchant_id, card_id, SUM(principal) AS principal, SUM(bonus) AS bonus
    FROM stored_value_holds WHERE status = 'held' GROUP BY merchant_id, card_id
) AS h ON h.merchant_id = c.merchant_id AND h.card_id = c.id
WHERE c.held_principal <> COALESCE(h.principal, 0) OR c.held_bonus <> COALESCE(h.bonus, 0)
ORDER BY c.merchant_id, c.number
"""
_BOOKS = """
SELECT m.id AS merchant_id, COALESCE(c.free, 0) AS free, COALESCE(c.held, 0) AS held,
    -COALESCE(b.free, 0) AS booked, -COALESCE(b.held, 0) AS booked_held
FROM merchants AS m
LEFT JOIN (
    SELECT merchant_id, SUM(principal + bonus) AS free, SUM(held_principal + held_bonus) AS held
    FROM stored_value_cards GROUP BY merchant_id
) AS c ON c.merchant_id = m.id
LEFT JOIN (
    SELECT merchant_id, SUM(CASE WHEN book = 'tender:stored_value' THEN amount ELSE 0 END) AS free,
        SUM(CASE WHEN book = 'held:stored_value' THEN amount ELSE 0 END) AS held
    FROM ledger_entries WHERE book IN ('tender:stored_value', 'held:stored_value') GROUP BY merchant_id
) AS b ON b.merchant_id = m.id
WHERE COALESCE(c.free, 0) <> -COALESCE(b.free, 0) OR COALESCE(c.held, 0) <> -COALESCE(b.held, 0)
"""
_SALES = """
SELECT s.merchant_id, o.number
FROM stored_value_sales AS s
JOIN orders AS o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
WHERE o.state = 'completed' AND s.issued_at IS NULL
ORDER BY s.merchant_id, o.number
"""


def cards_without_entries() -> Sequence[str]:
    """Cards on which lies something else than their entries say."""
    return [
        f"merchant {row.merchant_id}: card ...{row.number[-4:]} holds {row.principal}+{row.bonus}, set aside "
        f"{row.held_principal}+{row.held_bonus}; its entries say {row.own}+{row.gift} and "
        f"{row.held_own}+{row.held_gift}"
        for row in db.session().execute(text(_ENTRIES))
    ]


def cards_without_holds() -> Sequence[str]:
    """Cards that set aside something else than live holds took."""
    return [
        f"merchant {row.merchant_id}: card ...{row.number[-4:]} sets {row.held_principal}+{row.held_bonus} aside, live "
        f"holds took {row.own}+{row.gift}"
        for row in db.session().execute(text(_HOLDS))
    ]


def books_without_cards() -> Sequence[str]:
    """Merchants whose books owe customers something else than lies on their cards."""
    return [
        f"merchant {row.merchant_id}: cards hold {row.free} and set {row.held} aside, the books say {row.booked} and "
        f"{row.booked_held}"
        for row in db.session().execute(text(_BOOKS))
    ]


def orders_without_cards() -> Sequence[str]:
    """Completed orders whose cards were not issued."""
    rows = db.session().execute(text(_SALES))
    return [f"merchant {row.merchant_id}: order {row.number} is completed and has no cards" for row in rows]


CHECKS = (
    Check(
        "stored_value_entries",
        cards_without_entries,
        "Entries are never changed: find what wrote past them, then adjust the card with a remark.",
    ),
    Check("stored_value_holds", cards_without_holds, "Look at the order of the hold: is it paid, closed, or neither?"),
    Check("stored_value_books", books_without_cards, "Find the change of a card that nobody booked, and book it."),
    Check("stored_value_sales", orders_without_cards, "Turn the plugin on: the nightly job issues them."),
)
