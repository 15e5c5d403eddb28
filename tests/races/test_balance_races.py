"""One balance, many hands: what is spent was there, every hold ends once, and wrong passwords lock it for all."""

from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, bindparam

from core.db import across_merchants, reading
from core.flows import close
from plugins.balance_points import accounts
from plugins.balance_points.passwords import hashing
from plugins.balance_points.plugin import register_checks
from tests.races.tills import PRICE, Bill, PaidStall, later
from tests.races.yard import Said, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

NAME, PASSWORD = "balance_points", "135790"
#: as the plugin's own, without its condition
UNGUARDED = accounts._DONE.where(*accounts._THIS, bindparam("keep", type_=BigInteger) <= 0)


@pytest.fixture
def till(paid_stall: PaidStall) -> PaidStall:
    """A stall that keeps balance."""
    stall = paid_stall
    stall.sells("recharge", 1)
    etag = {"If_Match": "*"}
    assert stall.admin("PATCH", f"plugins/{NAME}/settings", {"recharge_sku": "recharge"}, **etag).good
    stall.staff("POST", f"plugins/{NAME}/enable", {})
    return stall


def customer(till: PaidStall, balance: int = 0) -> str:
    """Somebody with a pay password and so much balance; their token."""
    (token,) = till.buyers(1)
    assert till.shop(token, "POST", f"{NAME}/password", {"password": PASSWORD}).good
    if balance:
        body = {"kind": "balance", "change": balance, "remark": "to begin with"}
        till.staff("POST", f"{NAME}/customers/{till.shop(token, 'GET', 'me')['id']}/adjustments", body)
    return token


def account(till: PaidStall, token: str) -> tuple[int, int]:
    """Free and set aside."""
    row = till.shop(token, "GET", f"{NAME}/accounts")["data"][0]
    return row["available"], row["held"]


def pays(
    till: PaidStall, token: str, number: str, *more: dict[str, Any], password: str = PASSWORD, **part: int
) -> Said:
    """The buyer pays with balance, and *more*."""
    tender = {"channel": "balance", "input": {"password": password}, **part}
    return till.shop(token, "POST", f"orders/{number}/payments", {"tenders": [tender, *more]})


def breaches(till: PaidStall) -> list[str]:
    """Every invariant of the plugin that does not hold."""
    with till.app.app_context(), across_merchants(), reading():
        return [told for check in register_checks() for told in check.find()]


# ---------------------------------------------------------------------------------------------- hold against hold
def two_orders_one_balance(till: PaidStall) -> tuple[list[Said], tuple[int, int]]:
    """Four orders, each paid in full with a balance that is enough for two; so many passwords may be tried at once."""
    token = customer(till, 2 * PRICE)
    numbers = [till.placed(token, ("tea", 1), total=PRICE)["number"] for _ in range(4)]
    return together([partial(pays, till, token, number, amount=PRICE) for number in numbers]), account(till, token)


def test_orders_that_are_paid_with_one_balance_at_once_get_what_is_there_and_no_more(till: PaidStall) -> None:
    for _ in range(6):
        answers, left = two_orders_one_balance(till)
        assert trouble_in(answers) == []
        assert Counter((one.status, one.body.get("code", "")) for one in answers) == {
            (201, ""): 2, (409, "not_enough"): 2,
        }  # fmt: skip
        assert left == (0, 0)
    assert breaches(till) == []


def test_orders_that_take_as_much_as_there_is_at_once_share_it(till: PaidStall) -> None:
    token = customer(till, 2 * PRICE)
    wire = {"channel": "wire", "product": "qr"}
    numbers = [till.placed(token, ("tea", 1), total=PRICE)["number"] for _ in range(4)]
    answers = together([partial(pays, till, token, number, wire) for number in numbers])
    assert trouble_in(answers) == []
    assert Counter(one.status for one in answers) == {201: 2, 409: 2}
    assert account(till, token) == (0, 0)
    assert breaches(till) == []


def test_without_the_condition_on_the_update_a_balance_is_spent_twice(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "CHANGE", UNGUARDED)
    till.execute("ALTER TABLE balance_points_accounts DROP CONSTRAINT ck_balance_points_accounts_available")

    def overdrawn() -> bool:
        answers, left = two_orders_one_balance(till)
        return sum(one.good for one in answers) > 2 and left[0] < 0

    assert until_broken(overdrawn)


# ---------------------------------------------------------------------------------------------- one hold, many ends
def begun(till: PaidStall) -> tuple[str, Bill]:
    """An order that balance pays a part of, and the wire the rest."""
    token = customer(till, 3000)
    order = till.placed(token, ("tea", 1), total=PRICE)
    said = pays(till, token, order["number"], {"channel": "wire", "product": "qr"}, amount=2000)
    assert said.good, said.body
    return token, Bill(token, order["number"], UUID(order["id"]), {"wire": str(said["out_trade_no"])})


def test_money_that_came_before_anybody_cancelled_spends_the_hold_once(till: PaidStall) -> None:
    for _ in range(6):
        token, bill = begun(till)
        receipt = till.wires["wire"].pays(bill.attempts["wire"], PRICE - 2000)
        works: list[Any] = [partial(till.shop, token, "POST", f"orders/{bill.number}/cancel", {"reason": "other"})] * 2
        works += [partial(till.tells, receipt)] * 3
        assert trouble_in(together(works)) == []
        till.settles()
        # who cancels a paid order gets everything back, each part where it came from
        left = {"awaiting_shipment": (1000, 0), "refunded": (3000, 0)}[till.seen(bill)["state"]]
        assert account(till, token) == left
    assert breaches(till) == []


def test_capture_against_timeout_spends_the_hold_or_frees_it_once(till: PaidStall) -> None:
    states = set()
    for n in range(8):
        token, bill = begun(till)
        later(minutes=31)
        ring = till.rings(bill, close.ring)
        works: list[Any] = [ring, ring, partial(receives, till, bill, at_closing=bool(n % 2))]
        assert trouble_in(together(works)) == []
        till.settles()
        states.add(state := till.seen(bill)["state"])
        assert account(till, token) == {"awaiting_shipment": (1000, 0), "closed": (3000, 0)}[state]
    assert states == {"awaiting_shipment", "closed"}, "both were first now and then"
    assert breaches(till) == []


def receives(till: PaidStall, bill: Bill, *, at_closing: bool) -> Said | None:
    """The buyer pays by wire, if it still takes it, perhaps as somebody asks it to close."""
    if at_closing:
        till.wires["wire"].closing[bill.attempts["wire"]].wait(20)
    receipt = till.wires["wire"].pays(bill.attempts["wire"], PRICE - 2000)
    return till.tells(receipt) if receipt else None


def test_a_hold_whose_cash_never_comes_is_free_again_once(till: PaidStall) -> None:
    begun_ones = [begun(till) for _ in range(4)]
    later(minutes=31)
    works = []
    for token, bill in begun_ones:
        works += [partial(till.shop, token, "POST", f"orders/{bill.number}/cancel", {"reason": "changed_mind"})] * 3
    assert trouble_in(together(works)) == []
    till.settles()
    for token, bill in begun_ones:
        assert (till.seen(bill)["state"], account(till, token)) == ("closed", (3000, 0))
    assert breaches(till) == []


# ---------------------------------------------------------------------------------------------- opening and filling
def test_an_account_that_many_open_at_once_is_one_account_with_all_of_it(till: PaidStall) -> None:
    token = customer(till)
    person = till.shop(token, "GET", "me")["id"]
    body = {"kind": "balance", "change": 100, "remark": "at once"}
    answers = together([partial(till.admin, "POST", f"{NAME}/customers/{person}/adjustments", body)] * 12)
    assert {one.status for one in answers} == {201}
    assert account(till, token) == (1200, 0)
    assert breaches(till) == []


def test_one_withdrawal_is_decided_once_by_whoever_is_first(till: PaidStall) -> None:
    for _ in range(4):
        token = customer(till, 1000)
        body = {"amount": 1000, "destination": "a bank", "password": PASSWORD}
        asked = till.shop(token, "POST", f"{NAME}/withdrawals", body)["id"]
        works = [partial(till.shop, token, "POST", f"{NAME}/withdrawals/{asked}/cancel")] * 3
        works += [partial(till.admin, "POST", f"{NAME}/withdrawals/{asked}/refuse", {"remark": "no"})] * 3
        works += [partial(till.admin, "POST", f"{NAME}/withdrawals/{asked}/approve", {})] * 3
        answers = together(works)
        assert trouble_in(answers) == []
        free = account(till, token)
        (row,) = till.shop(token, "GET", f"{NAME}/withdrawals")["data"]
        assert free == ((0, 1000) if row["status"] == "approved" else (1000, 0))
    assert breaches(till) == []


# ---------------------------------------------------------------------------------------------- passwords
def test_of_twenty_wrong_passwords_at_once_five_are_looked_at_and_it_is_locked_for_everybody(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    matches = hashing.matches

    def counted(kept: str | None, password: str) -> bool:
        looked_at.append(password)
        return matches(kept, password)

    monkeypatch.setattr(hashing, "matches", counted)
    token = customer(till, PRICE)
    number = till.placed(token, ("tea", 1), total=PRICE)["number"]
    answers = together([partial(pays, till, token, number, password=f"guess-{n}") for n in range(20)])
    codes = Counter(one["code"] for one in answers)
    assert trouble_in(answers) == [] and codes["pay_password_locked"] + codes["pay_password_wrong"] == 20
    assert len(looked_at) == 5
    assert pays(till, token, number)["code"] == "pay_password_locked"
    assert len(looked_at) == 5, "even the right one is not looked at"
    later(minutes=30)
    number = till.placed(token, ("tea", 1), total=PRICE)["number"]
    assert pays(till, token, number).good
