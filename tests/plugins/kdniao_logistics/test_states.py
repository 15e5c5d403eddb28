"""Kdniao's states in the contract's words, the phone rule, and the companies of the data file."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.contracts.track import REASONS, STATUSES
from plugins.kdniao_logistics.companies import companies, company, customer_name, spelt
from plugins.kdniao_logistics.states import BY_DIGIT, STATES, of_parcel
from plugins.kdniao_logistics.traces import moment, update_of

DATA = Path(__file__).parents[2] / "data/couriers.csv"


def test_every_state_is_one_that_the_contract_knows() -> None:
    for status, reason in (*STATES.values(), *BY_DIGIT.values()):
        assert status in STATUSES and (reason is None or reason in REASONS)
    assert len(STATES) > 50


@pytest.mark.parametrize(
    ("state", "state_ex", "last", "expected"),
    [
        ("2", "202", "", ("delivering", None)),
        ("3", "", "", ("signed", None)),
        ("4", "304", "", ("signed", None)),
        ("4", "404", "", ("returning", "refused")),
        ("4", "412", "", ("to_collect", "overdue")),
        ("4", "426", "", ("lost", "lost")),
        ("4", "", "快件已签收，签收人：本人", ("signed", None)),
        ("4", "", "收件人拒收", ("returning", "refused")),
        ("4", "", "快件已退回，退回签收", ("returned", "returned")),
        ("4", "", "未签收，电话无人接听", ("exception", "not_signed")),
        ("4", "", "快件在途中遗失", ("lost", "lost")),
        ("4", "", "快件在仓库", ("exception", "other")),
        ("", "", "", ("none", None)),
        ("2", "299", "", ("on_the_way", None)),
        ("9", "999", "", ("none", None)),
    ],
)
def test_the_detailed_state_decides_then_the_basic_one_then_the_last_words(
    state: str, state_ex: str, last: str, expected: tuple[str, str | None]
) -> None:
    assert of_parcel(state, state_ex, last) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-02 03:00:00", "", datetime(2026, 1, 1, 19, tzinfo=UTC)),
        ("2024-06-28T11:23:51", "-05:00", datetime(2024, 6, 28, 16, 23, 51, tzinfo=UTC)),
        ("2026-01-02T03:00:00+08:00", "", datetime(2026, 1, 1, 19, tzinfo=UTC)),
        ("yesterday", "", None),
        ("", "", None),
    ],
)
def test_moments_are_chinas_unless_they_say_otherwise(text: str, zone: str, expected: datetime | None) -> None:
    assert moment(text, zone) == expected


def test_a_parcel_without_a_company_or_with_odd_traces_is_read_as_far_as_it_goes() -> None:
    assert update_of({"LogisticCode": "1"}) is None
    told = {"ShipperCode": "yto", "LogisticCode": "yt1", "State": 3, "Traces": [None, 7, {"AcceptTime": "x"}, {}]}
    update = update_of(told)
    assert update is not None
    assert (update.carrier, update.tracking_no, update.status, update.points) == ("YTO", "YT1", "signed", ())


@pytest.mark.parametrize(
    ("carrier", "phone", "expected"),
    [
        ("SF", "13800001234", "1234"),
        ("ZTO", "021-55512345", "2345"),
        ("KYSY", "13800001234-5678", "5678"),
        ("YTO", "13800001234", ""),
        ("SF", None, ""),
        ("JD", "13800001234", "001K123450"),
    ],
)
def test_some_companies_want_the_end_of_a_telephone_number(carrier: str, phone: str | None, expected: str) -> None:
    assert customer_name(carrier, phone, {"JD": "001K123450"}) == expected


def test_the_companies_are_those_of_the_data_file_each_once() -> None:
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [one.code for one in companies().values()] == [row["code"] for row in rows]
    assert len(rows) > 100 and all(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", row["code"]) for row in rows)
    assert (spelt("HQ568"), spelt("yto"), spelt("New")) == ("hq568", "YTO", "New")
    assert company("NEW", "新快递").title == {"en": "新快递", "zh": "新快递"}
    assert re.fullmatch(company("SF").number, "SF1234567890123")
    assert not re.fullmatch(company("SF").number, "YT1234567890123")
