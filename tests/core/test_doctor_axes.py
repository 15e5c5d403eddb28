"""The axes as the doctor derives them in SQL are the axes as core derives them from the rows, whatever the rows say."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, text, update

from core.db import across_merchants, db, reading, transaction
from core.models import Instalment, Order, OrderLine, Refund
from core.services import axes
from core.services.checks.axes import FULFILMENT, ORDERS, PAYMENT, REFUND
from core.services.orders import with_all
from tests.core.hamlet import Visit, visit

IN_SQL = f"SELECT o.number, {PAYMENT} AS payment, {FULFILMENT} AS fulfilment, {REFUND} AS refund FROM {ORDERS}"
Axes = dict[str, tuple[str, str, str]]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hamlet(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Visit]:
    with visit(request, database, tmp_path) as there:
        yield there


def derived(hamlet: Visit) -> tuple[Axes, Axes]:
    """By the number of the order: its axes in SQL, and as core derives them."""
    with hamlet.app.app_context(), reading() as session, across_merchants():
        in_sql = {number: (one, two, three) for number, one, two, three in session.execute(text(IN_SQL))}
        orders = session.scalars(select(Order).options(*with_all()))
        by_core = {o.number: (axes.payment(o), axes.fulfilment(o), axes.refund(o)) for o in orders}
    return in_sql, by_core


def scramble(chance: Random) -> None:
    """Every line, refund and instalment says something else that the database allows."""
    session = db.session()
    for line in session.scalars(select(OrderLine)):
        shipped, refunded = chance.randint(0, line.quantity), chance.randint(0, line.quantity)
        back = chance.choice((0, 0, 1, line.net))
        line.shipped, line.received = shipped, chance.choice((0, shipped))
        line.refunded, line.refunding = refunded, 0
        line.refunded_amount, line.refunding_amount = min(back, line.net), 0
    for refund in session.scalars(select(Refund)):
        refund.status = chance.choice(("open", "done", "withdrawn"))
        refund.kind = chance.choice(("order", "surplus"))
    for order in session.scalars(select(Order)):
        order.paid, order.refunded = chance.choice((0, order.payable)), 0
        settled = chance.choice((None, order.placed_at))
        where = (Instalment.merchant_id == order.merchant_id, Instalment.order_id == order.id)
        session.execute(update(Instalment).where(*where, Instalment.position == 1).values(settled_at=settled))


@pytest.mark.both_databases
def test_in_every_node_both_say_the_same(hamlet: Visit) -> None:
    in_sql, by_core = derived(hamlet)
    assert in_sql == by_core
    assert set(in_sql) == set(hamlet.numbers.values())


@pytest.mark.both_databases
def test_over_scrambled_rows_both_say_the_same(hamlet: Visit) -> None:
    seen: set[str] = set()
    for seed in range(12):
        with hamlet.app.app_context(), across_merchants(), transaction():
            scramble(Random(seed))
        in_sql, by_core = derived(hamlet)
        assert in_sql == by_core, f"scrambled by {seed}"
        seen |= {f"{axis} {value}" for row in in_sql.values() for axis, value in zip("pfr", row, strict=True)}
    assert len(seen) == 3 + 4 + 4, "every value of every axis was met"
