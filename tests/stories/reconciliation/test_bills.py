"""Stories of the bill itself: late, broken, long, interrupted, asked for, downloaded."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from core import arming
from plugins.reconciliation import comparing, jobs
from tests.conftest import Clock
from tests.plugins.wechatpay.simulators import Wechat
from tests.stories.reconciliation.accountant import Accountant, Trade
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


@pytest.fixture
def trade(mei: Payer, shop: Shop, wechat: WechatPay) -> Trade:
    """Yesterday's trade, once it was yesterday."""
    return Trade(mei, shop, wechat)


def test_a_file_of_a_wrong_hash_is_refused_and_fetched_again(
    trade: Trade, accountant: Accountant, control: Wechat, clock: Clock
) -> None:
    day = accountant.today
    control.bill("wrong_hash")
    accountant.sleeps()
    batch = accountant.batch(day)
    assert (batch.state, batch.rows) == ("error", 0)
    assert "SHA-1" in batch.reason
    assert accountant.fees() == []
    clock.passes(minutes=1)
    assert (accountant.batch(day).state, accountant.batch(day).rows) == ("success", 3)
    assert accountant.batch(day).reason is None
    assert accountant.differences() == []


def test_a_bill_that_is_still_being_written_is_waited_for(
    trade: Trade, accountant: Accountant, control: Wechat, clock: Clock
) -> None:
    day = accountant.today
    control.bill("not_ready", times=3)
    accountant.sleeps()
    assert accountant.batch(day).state == "error"
    clock.passes(hours=1)
    assert accountant.batch(day).state == "success"


def test_days_that_were_missed_are_fetched_by_the_next_daily_run(
    trade: Trade, accountant: Accountant, shop: Shop, app: Flask
) -> None:
    day = accountant.today
    accountant.sleeps()
    shop.asks("POST", "plugins/reconciliation/disable", {})
    accountant.sleeps(3)
    shop.asks("POST", "plugins/reconciliation/enable", {})
    with app.app_context():
        arming.arm_periodic({})
    accountant.sleeps()
    assert [row.day for row in accountant.batches()][-1] == day
    assert len({row.day for row in accountant.batches()}) == 5
    assert {row.state for row in accountant.batches()} == {"success", "no_bill"}


@pytest.mark.both_databases
def test_a_run_that_is_killed_goes_on_where_it_was_and_neither_loses_nor_invents_a_difference(
    trade: Trade,
    accountant: Accountant,
    control: Wechat,
    clock: Clock,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = accountant.today
    control.bill("unknown", day=day, by=777)
    control.bill("amount", number=trade.payment.out_trade_no, by=1)
    accountant.sleeps()
    wanted = accountant.everything()
    assert len(wanted["differences"]) == 2

    # one row a transaction, one transaction a run; and every other transaction dies before it is committed
    monkeypatch.setattr(jobs, "SLICE", 1)
    monkeypatch.setattr(jobs, "SLICES_PER_RUN", 1)
    right, seen = comparing.compare, []

    def dies_every_other_time(batch: Any, rows: Any) -> None:
        seen.append(batch.position)
        right(batch, rows)
        if len(seen) % 2:
            raise ConnectionError("the database went away")

    monkeypatch.setattr(comparing, "compare", dies_every_other_time)
    accountant.runs(day)
    clock.passes(minutes=10)
    assert seen == [0, 0, 1, 1, 2, 2, 3, 3], "each row is begun with where the last commit was"
    told = accountant.everything()
    assert told == wanted


def test_a_file_that_has_changed_meanwhile_is_gone_through_from_its_first_row(
    trade: Trade, accountant: Accountant, control: Wechat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = accountant.today
    monkeypatch.setattr(jobs, "SLICE", 1)
    monkeypatch.setattr(jobs, "SLICES_PER_RUN", 1)
    right, seen = comparing.compare, []

    def changes_the_file(batch: Any, rows: Any) -> None:
        seen.append(batch.position)
        right(batch, rows)
        if len(seen) == 2:
            control.bill("fee", number=trade.payment.out_trade_no, by=1)

    monkeypatch.setattr(comparing, "compare", changes_the_file)
    accountant.sleeps()
    assert seen == [0, 1, 0, 1, 2]
    assert accountant.findings() == ["FEE_MISMATCH"]
    assert (accountant.batch(day).rows, accountant.batch(day).fees) == (3, 53)
    assert accountant.fees_taken() == 53


def test_an_account_whose_channel_writes_no_bills_is_left_alone_unless_somebody_asks(
    accountant: Accountant, shop: Shop
) -> None:
    (bank,) = [row for row in shop.lists("accounts") if row["plugin"] == "bank_transfer"]
    day = accountant.today
    accountant.sleeps()
    assert shop.lists("reconciliation/batches", account_id=bank["id"]) == []
    accountant.account_id = bank["id"]
    batch = accountant.runs(day)
    assert (batch.state, "writes no bills" in batch.reason) == ("fail", True)


def test_a_bill_of_today_is_refused(accountant: Accountant, shop: Shop) -> None:
    body = {"account_id": accountant.account_id, "day": accountant.today}
    refused = shop.is_refused(422).asks("POST", "reconciliation/batches", body)
    assert refused.errors[0].code == "no_bill_yet"


def test_a_bill_that_will_never_come_fails_with_a_case_and_is_not_asked_for_again(
    accountant: Accountant, shop: Shop
) -> None:
    batch = accountant.runs("2025-01-01")
    assert batch.state == "fail"
    assert [case.kind for case in shop.cases(status="open")] == ["reconciliation_bill"]


def test_differences_are_downloaded_as_a_table_that_runs_no_formula(
    trade: Trade, accountant: Accountant, control: Wechat, shop: Shop
) -> None:
    day = accountant.today
    control.bill("unknown", day=day, by=777)
    control.bill("fee", number=trade.refund.out_refund_no, by=-50)
    accountant.sleeps()
    for difference in accountant.differences():
        accountant.handles(difference, remark="=HYPERLINK(1)")
    answer = shop.api.get("reconciliation/differences.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row["finding"] for row in rows] == ["REFUND_FEE_MISMATCH", "MISSING_LOCALLY"]
    assert {row["remark"] for row in rows} == {"'=HYPERLINK(1)"}
    assert (rows[0]["channel_amount"], rows[0]["local_amount"]) == ("-56", "-6")
    only = shop.api.get("reconciliation/differences.csv", finding="MISSING_LOCALLY", day_from=day, day_to=day)
    assert only.body.count(b"\r\n") == 2
    assert shop.api.get("reconciliation/differences.csv", day_to="2026-01-01").body.count(b"\r\n") == 1


def test_only_who_may_sees_and_decides(accountant: Accountant, shop: Shop) -> None:
    clerk = shop.employs("clerk")
    for method, path in (("GET", "differences"), ("GET", "batches"), ("GET", "differences.csv")):
        clerk.is_refused(403).asks(method, f"reconciliation/{path}")
    body = {"account_id": accountant.account_id, "day": "2026-03-01"}
    clerk.is_refused(403).asks("POST", "reconciliation/batches", body)


def test_an_account_that_was_switched_off_has_its_last_days_compared_and_then_no_more(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant
) -> None:
    wechat.says_paid(mei.chooses_wechat(mei.orders({"tea": 1})))
    day, path = accountant.today, f"accounts/{accountant.account_id}"
    shop.api.patch(path, {"enabled": False}, shop.api.get(path).etag)
    accountant.sleeps()
    assert (accountant.batch(day).state, accountant.batch(day).paid) == ("success", 4900)
    accountant.sleeps(10)
    assert 5 < len(accountant.batches()) < 10, "no money came any more, so no bill is fetched"
