"""The invariant of the books as a whole: what stands in all of a merchant's books comes to nothing in each currency."""

from core.services.checks.finding import check

CHECKS = (
    check(
        "ledger_books",
        "the books in {currency} come to {total}, not 0",
        """
        SELECT merchant_id, currency, SUM(amount) AS total FROM ledger_entries
        GROUP BY merchant_id, currency HAVING SUM(amount) <> 0
        """,
        "ledger_balances tells which group is at fault. Rows of the books are never changed: add a group that puts it "
        "right, and say why in a case.",
    ),
)
