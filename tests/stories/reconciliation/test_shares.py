"""Stories of bills of shares: what receivers got and gave back is compared too, and holds no order."""

from typing import Any

import pytest

from core.db import reading
from core.models import LedgerEntry
from tests.conftest import Clock
from tests.plugins.wechatpay.simulators import Wechat
from tests.sharing import PARTNER, PERSON, box, is_completed, is_split, shares, shares_of
from tests.stories.reconciliation.accountant import Accountant
from tests.vocabulary import Shop
from tests.wechat import TRIES, Payer, WechatPay

SPLIT, RETURN = "split", "split_return"
#: how the bill is spoilt, of what, and what must be found
ERRORS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("drop", SPLIT, {}, ["SPLIT_MISSING_AT_CHANNEL"]),
    ("unknown", SPLIT, {"by": 777, "state": "SPLIT"}, ["SPLIT_MISSING_LOCALLY"]),
    ("state", SPLIT, {"state": "分账失败"}, ["SPLIT_LOCAL_PAID_CHANNEL_NOT"]),
    ("amount", SPLIT, {"by": 1}, ["SPLIT_CHANNEL_AMOUNT_HIGHER"]),
    ("amount", SPLIT, {"by": -1}, ["SPLIT_CHANNEL_AMOUNT_LOWER"]),
    ("duplicate", SPLIT, {}, ["SPLIT_DUPLICATE_PAYMENT"]),
    ("repeat", SPLIT, {}, []),
    ("late", SPLIT, {}, []),
    ("drop", RETURN, {}, ["SPLIT_RETURN_MISSING_AT_CHANNEL"]),
    ("unknown", RETURN, {"by": 777, "state": "SPLIT_RETURN"}, ["SPLIT_RETURN_MISSING_LOCALLY"]),
    ("state", RETURN, {"state": "回退失败"}, ["SPLIT_RETURN_LOCAL_PAID_CHANNEL_NOT"]),
    ("amount", RETURN, {"by": 1}, ["SPLIT_RETURN_CHANNEL_AMOUNT_HIGHER"]),
    ("amount", RETURN, {"by": -1}, ["SPLIT_RETURN_CHANNEL_AMOUNT_LOWER"]),
    ("duplicate", RETURN, {}, ["SPLIT_RETURN_DUPLICATE_PAYMENT"]),
    ("repeat", RETURN, {}, []),
    ("late", RETURN, {}, []),
]


class Shared:
    """A day on which an order was split between a partner and a person, and the partner gave a half back."""

    def __init__(self, mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock) -> None:
        self.order, self.payment = is_completed(mei, shop, wechat, {"tea": 2})
        is_split(clock)
        shop.refunds(self.order, {"tea": 1})
        clock.settles()
        assert wechat.splits_of(self.payment) == [("FINISHED", {PARTNER: 974, PERSON: 487})]
        (split,) = wechat.control.splits(out_trade_no=self.payment.out_trade_no)
        (back,) = split["returns"]
        assert (back["result"], back["amount"]) == ("SUCCESS", 487)
        #: what names them in the books
        self.names = {SPLIT: f"{split['out_order_no']} {PARTNER}", RETURN: back["out_return_no"]}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """It shares what it is paid."""
    shares(shop)
    return shop


@pytest.fixture
def shared(mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock) -> Shared:
    """Yesterday's shares, once it was yesterday."""
    return Shared(mei, shop, wechat, clock)


@pytest.mark.both_databases
def test_a_bill_of_shares_that_is_right_shows_no_difference_and_counts_as_no_payment(
    shared: Shared, accountant: Accountant
) -> None:
    day = accountant.today
    accountant.sleeps()
    batch = accountant.batch(day)
    # a payment, a refund, two shares and a return
    assert (batch.state, batch.rows, batch.payments, batch.refunds, batch.paid) == ("success", 5, 1, 1, 9800)
    assert accountant.fees_taken() == 59 - 29
    accountant.sleeps(3)
    assert accountant.differences() == [] and accountant.cases() == []
    assert [row.state for row in accountant.batches()] == ["no_bill"] * 3 + ["success"]


@pytest.mark.parametrize(("kind", "about", "given", "found"), ERRORS, ids=lambda value: str(value))
def test_each_error_of_a_bill_of_shares_is_found_and_running_again_changes_nothing(
    shared: Shared,
    shop: Shop,
    accountant: Accountant,
    control: Wechat,
    kind: str,
    about: str,
    given: dict[str, Any],
    found: list[str],
) -> None:
    day, number = accountant.today, shared.names[about]
    control.bill(kind, **({"day": day} if kind == "unknown" else {"number": number}), **given)
    accountant.sleeps(2)
    assert accountant.findings() == found
    for difference in accountant.differences():
        assert (difference.status, difference.kind, difference.holds) == ("open", about, False)
        assert difference.number == number or kind == "unknown"
        assert difference.out_trade_no == ("" if kind == "unknown" else shared.payment.out_trade_no)
    assert [case.data.finding for case in accountant.cases(status="open")] == found

    before = accountant.everything()
    accountant.runs(day)
    assert accountant.everything() == before


@pytest.mark.parametrize("about", [SPLIT, RETURN])
def test_a_share_that_comes_in_the_bill_of_a_later_day_was_only_late(
    shared: Shared, accountant: Accountant, control: Wechat, about: str
) -> None:
    control.bill("late", number=shared.names[about])
    control.bill("late", number=shared.names[about])
    accountant.sleeps(2)
    (difference,) = accountant.differences(status="open")
    assert difference.finding == f"{about.upper()}_MISSING_AT_CHANNEL"
    assert difference.local_amount == (974 if about == SPLIT else 487)
    accountant.sleeps()
    assert "It came in the bill of" in accountant.differences()[0].remark
    assert accountant.cases(status="open") == []


def test_a_part_that_only_the_channel_knows_of_is_ours_by_its_payment(
    shared: Shared, accountant: Accountant, control: Wechat
) -> None:
    control.bill("unknown", day=accountant.today, by=5, state="SPLIT", number=shared.payment.out_trade_no)
    accountant.sleeps(2)
    (difference,) = accountant.differences()
    assert (difference.finding, difference.local_says) == ("SPLIT_CHANNEL_PAID_LOCAL_NOT", "not booked")
    assert difference.order_id == shared.order.id


def test_a_split_whose_end_we_have_not_heard_of_is_found_and_settled_once_it_is_booked(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant, control: Wechat
) -> None:
    order, _ = is_completed(mei, shop, wechat, {"tea": 1})
    control.fault("split_query", "error_before", 100 * TRIES)
    is_split(clock)
    accountant.sleeps()
    assert accountant.findings(status="open") == ["SPLIT_CHANNEL_PAID_LOCAL_NOT"] * 2
    control.clear_faults()
    accountant.sleeps(2)
    assert [share.status for share in shares_of(shop, order)] == ["done"]
    assert {row.remark for row in accountant.differences()} == {"The share has been booked meanwhile."}
    assert accountant.findings() == ["SPLIT_CHANNEL_PAID_LOCAL_NOT"] * 2 and accountant.cases(status="open") == []
    assert box(shop)["split"] == 730


def test_a_bill_of_shares_that_is_not_ready_keeps_no_payment_back_and_is_fetched_again(
    shared: Shared, accountant: Accountant, control: Wechat, clock: Clock
) -> None:
    day = accountant.today
    control.fault("split_bill", "throttled", TRIES)
    accountant.sleeps()
    assert (accountant.batch(day).state, accountant.batch(day).rows) == ("error", 2)
    clock.passes(minutes=1)
    assert (accountant.batch(day).state, accountant.batch(day).rows) == ("success", 5)
    assert accountant.differences() == []


def test_without_the_plugin_that_shares_nothing_that_was_shared_goes_missing(
    shared: Shared, shop: Shop, accountant: Accountant
) -> None:
    day = accountant.today
    shop.asks("POST", "plugins/profit_sharing/disable", {})
    accountant.sleeps(3)
    assert accountant.batch(day).rows == 5 and accountant.differences() == []


def test_a_shop_that_shares_nothing_is_asked_for_no_bill_of_shares(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant, control: Wechat
) -> None:
    shop.asks("POST", "plugins/profit_sharing/disable", {})
    wechat.says_paid(mei.chooses_wechat(mei.orders({"tea": 1})))
    control.fault("split_bill", "throttled", TRIES)
    accountant.sleeps()
    assert accountant.batches()[0].state == "success"
    assert control.get("config")["faults"] == {"split_bill": TRIES}


def test_the_books_name_each_part_as_the_bill_does(shared: Shared, shop: Shop) -> None:
    with shop.merchant.inside(), reading() as session:
        rows = session.query(LedgerEntry).filter_by(merchant_id=shop.merchant.id, kind="split")
        told = sorted((row.reference, row.amount) for row in rows if row.book.startswith("channel:"))
    split, back = shared.names[SPLIT], shared.names[RETURN]
    assert told == sorted([(split, -974), (split.replace(PARTNER, PERSON), -487), (back, 487)])
