"""The books as people read them: sums of the ledger by day, book, method and account, joined to rows for their names.

Every amount here comes from ``ledger_entries`` alone, so each report agrees with every other to the fen. A report is
a plain document of sections; each section is a list of rows that carry their currency. Called inside ``reading()``.
"""
