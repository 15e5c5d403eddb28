"""The bill of shares: its layout as the manual has it, and the simulator's own files, in both modes."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.contracts.bill import SplitBillingChannel
from core.errors import ChannelUnsure
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.simulator.split_bills import COLUMNS
from plugins.wechatpay.split_bill_rows import rows
from tests.plugins.wechatpay.simulator.conftest import hire, passes, sim
from tests.plugins.wechatpay.simulators import Wechat
from tests.plugins.wechatpay.test_bills import Hire
from tests.plugins.wechatpay.test_sharing import PARTNER, PERSON, Passes, Till, till

__all__ = ["hire", "passes", "sim", "till"]  # fixtures of the simulator's own tests, and of sharing's

#: the simulator's clock stands on the second of March, ten in the morning in Beijing
TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
#: a part, what it gave back, and what was let go to the merchant itself, which is nobody's share
LINES = (
    "2026-03-02 00:30:07,1900000109,1900000109,42001,3001,3600101,T1S,98.00,1900000777,9.74,分账,分账成功,茶，散装,",
    "2026-03-02 18:00:00,1900000109,1900000109,42001,3102,,T1SR1,98.00,1900000777,0.29,分账回退,回退成功,,",
    "2026-03-02 18:00:01,1900000109,1900000109,42001,3003,3600301,T1F,98.00,1900000109,83.26,解冻,分账成功,,",
)


def bill(*lines: str, header: str = ",".join(COLUMNS), totals: str = "总条数,总金额", count: int = 3) -> bytes:
    """A file of that layout."""
    fields = [",".join(f"`{field}" for field in line.split(",")) for line in lines]
    return "\r\n".join([header, *fields, totals, f"`{count},`93.29", ""]).encode()


def read(file: bytes) -> list[Any]:
    """The rows of a file."""
    return list(rows(io.BytesIO(file)))


def test_parts_and_returns_are_read_to_the_fen_and_money_let_go_is_passed_over() -> None:
    part, back = read(bill(*LINES))
    assert (part.kind, part.out_split_no, part.receiver, part.amount, part.state) == (
        "split",
        "T1S",
        "1900000777",
        974,
        "SUCCESS",
    )
    assert (part.provider_ref, part.split_ref, part.currency, part.fee) == ("42001", "3600101", "CNY", 0)
    assert part.at == datetime(2026, 3, 1, 16, 30, 7, tzinfo=UTC)
    assert (back.kind, back.out_split_no, back.amount, back.split_ref) == ("split_return", "T1SR1", 29, "3102")


def test_totals_of_another_name_end_the_file_too_and_columns_are_found_by_name() -> None:
    right = read(bill(*LINES))
    assert read(bill(*LINES, totals="分账总笔数,分账总金额", count=99)) == right
    assert read(bill(*(f"x,{line}" for line in LINES), header=f"新列,{','.join(COLUMNS)}")) == right


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (bill(*LINES, count=4), "3 lines"),
        (bill(*LINES).rpartition("总条数".encode())[0], "without its totals"),
        (bill(LINES[0].replace("9.74", "9.745"), count=1), "less than a fen"),
        (bill(LINES[0].replace("00:30:07", "soon"), count=1), "where a time must stand"),
        (bill(*LINES, header=",".join(COLUMNS[:-1])), "fields"),
        (bill(*LINES, header=",".join(COLUMNS).replace("业务类型", "另一列")), "no column 业务类型"),
    ],
)
def test_a_bill_of_shares_that_is_not_what_it_says_is_refused(file: bytes, told: str) -> None:
    with pytest.raises(ChannelUnsure, match=told):
        read(file)


@pytest.fixture
def shared(till: Till, passes: Passes) -> Iterator[str]:
    """Our number of a payment that was split today, and of which a part was given back; it is the next day."""
    till.knows(PARTNER, PERSON)
    paid = till.pays()
    passes(minutes=2)
    till.channel.split(till.account, till.request(paid, PARTNER, PERSON))
    passes(minutes=1)
    till.channel.return_split(till.account, till.gives_back(f"{paid[0]}S", 400))
    passes(days=1)
    yield paid[0]


def test_the_simulators_bill_of_shares_holds_what_was_done_of_all_sub_merchants(
    till: Till, shared: str, hire: Hire, sim: Wechat, channel: WeChatPay
) -> None:
    assert isinstance(channel, SplitBillingChannel)
    # the account as a whole names no store
    found = list(channel.fetch_split_bill(till.account, TODAY))
    assert [(row.kind, row.out_split_no, row.receiver, row.amount) for row in found] == [
        ("split", f"{shared}S", PARTNER.account, PARTNER.amount),
        ("split", f"{shared}S", PERSON.account, PERSON.amount),
        ("split_return", found[2].out_split_no, PARTNER.account, 400),
    ]
    told = channel.query_split(till.account, found[0].provider_ref, f"{shared}S")
    assert [row.split_ref for row in found[:2]] == [result.reference for result in told.results]
    assert list(channel.fetch_split_bill(till.account, YESTERDAY)) == []
    trade = list(channel.fetch_bill(till.account, TODAY))
    assert [row.kind for row in trade] == ["payment"], "shares stand in a bill of their own"

    if till.name == "provider":
        subs = sim.merchant("provider")["sub_mchids"]
        path = f"/v3/profitsharing/bills?bill_date={TODAY}&sub_mchid="
        assert [hire("provider").send("GET", path + sub).status_code for sub in subs[:2]] == [200, 400]


def test_each_way_to_spoil_a_bill_of_shares_changes_what_it_says(
    till: Till, shared: str, sim: Wechat, channel: WeChatPay
) -> None:
    right = list(channel.fetch_split_bill(till.account, TODAY))
    part = f"{shared}S {PERSON.account}"

    def changed(kind: str, **given: Any) -> list[Any]:
        sim.bills_are_right()
        sim.bill(kind, **given)
        return list(channel.fetch_split_bill(till.account, TODAY))

    assert changed("drop", number=part) == [right[0], right[2]]
    assert changed("drop", number=f"{shared}S") == right[2:], "the number alone means all its parts"
    assert changed("late", number=right[2].out_split_no) == right[:2]
    assert changed("amount", number=part, by=7)[1].amount == PERSON.amount + 7
    assert changed("state", number=part, state="分账失败")[1].state == "FAILED"
    assert len({row.split_ref for row in changed("duplicate", number=part)}) == 4
    assert changed("repeat", number=part) == [right[0], right[1], right[1], right[2]]
    stranger = changed("unknown", day=str(TODAY), by=5, state="SPLIT_RETURN")[-1]
    assert (stranger.kind, stranger.amount) == ("split_return", 5)
    assert changed("unknown", day=str(TODAY), by=5) == right, "a strange payment is no strange share"
    ours = changed("unknown", day=str(TODAY), by=5, state="SPLIT", number=shared)[-1]
    assert ours.provider_ref == right[0].provider_ref
    with pytest.raises(ChannelUnsure, match="SHA-1 differs"):
        changed("wrong_hash")


def test_a_part_that_failed_stands_in_no_bill(till: Till, sim: Wechat, passes: Callable[..., None]) -> None:
    sim.switch(closed_receivers=[PERSON.account])
    till.knows(PARTNER, PERSON)
    paid = till.pays()
    passes(minutes=2)
    till.channel.split(till.account, till.request(paid, PARTNER, PERSON))
    passes(days=1)
    day = (clock.now() + timedelta(hours=8)).date() - timedelta(days=1)
    assert [row.receiver for row in till.channel.fetch_split_bill(till.account, day)] == [PARTNER.account]
