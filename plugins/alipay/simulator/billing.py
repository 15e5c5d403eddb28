"""The trade bill of a day, written from the simulator's own trades, and where it can be fetched for half a minute."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core import now
from plugins.alipay.simulator import bill_files, crypto
from plugins.alipay.simulator.checks import Asked
from plugins.alipay.simulator.refusal import Refusal
from plugins.alipay.simulator.world import BEIJING, World

GOOD_FOR = timedelta(seconds=30)
#: the hour of the next day at which a bill is written
READY = timedelta(hours=9)
EARLIEST = date(2016, 1, 1)


def address(world: World, asked: Asked) -> dict[str, Any]:
    """Where the bill can be fetched; an empty day has none."""
    if asked.biz["bill_type"] != "trade":
        raise Refusal("40004", "TYPE_NOT_SUPPORTED", "账单类型不支持")
    day = _day(str(asked.biz["bill_date"]))
    seller = asked.whose.seller_id
    if now() < datetime(day.year, day.month, day.day, tzinfo=UTC) - BEIJING + timedelta(days=1) + READY:
        raise Refusal("40004", "BILL_NOT_EXIST", "账单不存在")
    if not bill_files.rows_of(world, seller, day):
        raise Refusal("40004", "BILL_NOT_EXIST", "账单不存在")
    ticket = crypto.word(32)
    world.bill_tickets[ticket] = seller, day.isoformat(), now() + GOOD_FOR
    name = f"{seller}0156_{day:%Y%m%d}.csv.zip"
    url = f"{world.url}/bill/{ticket}?downloadFileName={name}&fileType=csv.zip&bizType=trade&userId={seller}0156"
    return {"bill_download_url": url}


def download(world: World, ticket: str) -> bytes | None:
    """The file behind an address; None = there is none, or its half minute is over."""
    seller, day, until = world.bill_tickets.get(ticket, ("", "", now()))
    if not seller or now() >= until:
        return None
    return bill_files.packed(world, seller, date.fromisoformat(day))


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Refusal("40004", "INVAILID_ARGUMENTS", "bill_date 无效")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal("40004", "INVAILID_ARGUMENTS", "bill_date 无效") from None
    if day < EARLIEST:
        raise Refusal("40004", "BILL_DATE_BEFORE_REGISTRATION", "账单日期早于签约日期")
    return day
