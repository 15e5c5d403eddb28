"""Everybody at one order at once: it takes one path, and its log tells it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.db import all_of, reading
from core.flows import close
from core.models import Deadline
from tests.conftest import MORNING, AppMaker
from tests.races.conftest import THREADS
from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Said, Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

_lines = count(1)


@pytest.fixture
def stall(make_app: AppMaker) -> Iterator[Stall]:
    """A stall in the sandbox, where sessions outlive the days that a bank transfer takes."""
    clock.freeze(MORNING)
    stall = Stall(make_app(THREADS=THREADS, SANDBOX=True))
    stall.sells("tea", 4900, north=500)
    yield stall
    clock.unfreeze()
    clock.use_offset_file(None)


def everybody_at(stall: Stall, token: str) -> tuple[str, list[Any]]:
    """Fifty at one order whose transfer was announced and whose time to pay has just run out."""
    clock.freeze(MORNING)
    order = stall.placed(token, ("tea", 2), total=9800)
    number = order["number"]
    stall.shop(token, "POST", f"orders/{number}/payments", {"tenders": [{"channel": "bank_transfer"}]})
    clock.freeze(MORNING + timedelta(days=3))
    order_id = UUID(order["id"])
    pay_id = _pay_deadline(stall, order_id)
    admin, path = partial(stall.admin, "POST"), f"orders/{number}"
    works: list[Callable[[], Any]] = []
    for _ in range(10):
        money = {"amount": 9800, "reference": f"line {next(_lines)}", "note": "seen"}
        works += [
            partial(admin, f"{path}/confirm-offline", money),
            partial(admin, f"{path}/shipments", {"carrier": "SF", "tracking_no": "SF1"}),
            partial(_ring, stall, pay_id, order_id),
        ]
    for _ in range(8):
        works.append(partial(stall.shop, token, "POST", f"{path}/cancel", {"reason": "other"}))
    for _ in range(6):
        works.append(partial(admin, f"{path}/reprice", {"goods_delta": -100, "remark": "regular"}))
        works.append(partial(admin, f"{path}/close", {"reason": "other"}))
    return number, together(works)


def _pay_deadline(stall: Stall, order_id: UUID) -> UUID:
    with stall.inside(), reading():
        (row,) = all_of(Deadline, stall.id, Deadline.order_id == order_id, Deadline.kind == "pay")
        return row.id


def _ring(stall: Stall, deadline_id: UUID, order_id: UUID) -> None:
    with stall.inside():
        close.ring(deadline_id, order_id)


def test_fifty_at_one_order_leave_one_path_one_payment_and_a_gapless_log(stall: Stall) -> None:
    ends = set()
    for token in stall.buyers(6):
        number, answers = everybody_at(stall, token)
        assert trouble_in(answers) == []
        order = stall.staff("GET", f"orders/{number}")
        assert sum(payment["state"] == "settled" for payment in order["payments"]) <= 1
        ends.add(order["state"])
    assert ends <= {"closed", "awaiting_shipment", "shipped", "refunding"}
    assert stall.broken_laws() == []


@pytest.mark.filterwarnings("ignore:DELETE statement on table 'deadlines'")
def test_without_the_lock_on_the_order_the_paths_cross(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    tokens = iter(stall.buyers(8))

    def crossed() -> bool:
        everybody_at(stall, next(tokens))
        return bool(stall.broken_laws())

    assert until_broken(crossed)


def test_two_cancellations_at_once_give_the_stock_back_once(stall: Stall) -> None:
    for token in stall.buyers(5):
        number = stall.placed(token, ("tea", 3), total=14700)["number"]
        cancel = partial(stall.shop, token, "POST", f"orders/{number}/cancel", {"reason": "other"})
        answers: list[Said] = together([cancel] * 4)
        assert sorted(one.status for one in answers) == [200, 409, 409, 409]
    (shelf,) = stall.staff("GET", "stock")["data"]
    assert (shelf["on_hand"], shelf["reserved"]) == (500, 0)
    assert stall.broken_laws() == []


@pytest.mark.filterwarnings("ignore:DELETE statement on table 'deadlines'")
def test_without_the_lock_one_order_is_cancelled_several_times(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    others, *buyers = stall.buyers(9)
    # what others hold lies on the same shelf: it would be let go for this order
    stall.placed(others, ("tea", 99), total=99 * 4900)
    tokens = iter(buyers)

    def cancelled_again() -> bool:
        token = next(tokens)
        number = stall.placed(token, ("tea", 3), total=14700)["number"]
        cancel = partial(stall.shop, token, "POST", f"orders/{number}/cancel", {"reason": "other"})
        return sum(one.good for one in together([cancel] * 4)) > 1

    assert until_broken(cancelled_again)
    assert any("its log is" in law for law in stall.broken_laws())


def test_two_cancellations_of_a_paid_order_give_the_money_back_once(stall: Stall) -> None:
    for token in stall.buyers(4):
        number = stall.paid(token, ("tea", 1), total=4900)["number"]
        cancel = partial(stall.shop, token, "POST", f"orders/{number}/cancel", {"reason": "changed_mind"})
        answers: list[Said] = together([cancel] * 4)
        assert sorted(one.status for one in answers) == [200, 409, 409, 409]
        assert len(stall.staff("GET", f"orders/{number}")["refunds"]) == 1
    assert stall.broken_laws() == []
