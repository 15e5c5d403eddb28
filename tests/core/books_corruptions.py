"""What may go wrong in the books as a whole: entries that somebody wrote past the services, of no order even."""

from tests.core.corruptions import LONG_AGO, NOBODY, Corruption


def entry(number: int, book: str, amount: int, currency: str) -> str:
    """SQL: one more entry of a group that nobody posted, of no order."""
    return (
        "INSERT INTO ledger_entries (merchant_id, id, group_id, kind, source, book, amount, currency, booked_at) "
        f"VALUES (1, '{NOBODY[:-1]}{number}', '{NOBODY}', 'grant', 'purse', '{book}', {amount}, '{currency}', "
        f"{LONG_AGO})"
    )


BOOKS = (
    Corruption(
        "ledger_books",
        (entry(1, "marketing", 9, "CNY"),),
        "the books in CNY come to 9, not 0",
        also=("ledger_balances",),
    ),
    Corruption(
        "ledger_books",
        (entry(1, "marketing", 9, "CNY"), entry(2, "tender:purse", -9, "EUR")),
        "the books in EUR come to -9, not 0",
        also=("ledger_balances",),
    ),
)
