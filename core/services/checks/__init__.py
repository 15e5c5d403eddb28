"""Core's invariants for `merx doctor`, a file a subject; each is one statement over the rows of all merchants."""

from core.services.checks import (
    attempts,
    axes,
    belongings,
    books,
    deadlines,
    jobs,
    ledger,
    log,
    money,
    nodes,
    prices,
    refunds,
    shipments,
    stock,
)

CHECKS = (
    *prices.CHECKS,
    *money.CHECKS,
    *belongings.CHECKS,
    *refunds.CHECKS,
    *ledger.CHECKS,
    *books.CHECKS,
    *stock.CHECKS,
    *shipments.CHECKS,
    *axes.CHECKS,
    *log.CHECKS,
    *nodes.CHECKS,
    *attempts.CHECKS,
    *deadlines.CHECKS,
    *jobs.CHECKS,
)
