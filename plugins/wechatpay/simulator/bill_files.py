"""Files of daily bills: where one lies, whether it is ready, and the ways to spoil it on demand."""

import gzip
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import Refusal, bad_parameter
from plugins.wechatpay.simulator.world import BEIJING, BillChange, World

#: when yesterday's bill is ready, and how long it is kept
READY, KEPT = timedelta(hours=9), timedelta(days=92)
TOKEN_LIFE = timedelta(minutes=5)
#: what stands before its time came
NO_BILL, WRITING = "NO_STATEMENT_EXIST", "STATEMENT_CREATING"
#: how a bill can be spoilt; `late` moves a row to the next day
CHANGES = ("drop", "late", "unknown", "amount", "fee", "state", "duplicate", "repeat", "wrong_hash", "not_ready")
Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A bill that can be downloaded with its token until a moment."""

    mchid: str
    body: bytes
    until: datetime


def tell(world: World, call: Call, merchant: Merchant, text_of: Callable[[date], str]) -> Answer:
    """Tell where the file of a day lies; an empty text is no file."""
    given = call.query()
    day = _day(given)
    if given.get("tar_type", "GZIP") != "GZIP":
        raise bad_parameter("tar_type", given["tar_type"], "must be GZIP, or missing", location="query")
    if now() < _beginning(day + timedelta(days=1)) + READY or _meets(world, "not_ready"):
        raise Refusal(400, WRITING, "the bill is being written, ask again later")
    plain = text_of(day).encode()
    if not plain:
        raise Refusal(400, NO_BILL, "there is no bill of that day")
    token, packed = secrets.token_urlsafe(24), "tar_type" in given
    _forget_old(world)
    world.bill_files[token] = File(merchant.mchid, gzip.compress(plain) if packed else plain, now() + TOKEN_LIFE)
    told = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
    if _meets(world, "wrong_hash"):
        told = told[::-1]
    target = f"/v3/billdownload/file?token={token}" + ("&tartype=gzip" if packed else "")
    host = f"http://{call.headers.get('host', '')}"
    return Answer({"hash_type": "SHA1", "hash_value": told, "download_url": host + target})


def written(rows: list[Row], columns: tuple[str, ...], totals: tuple[str, ...], summed: tuple[str, ...]) -> str:
    """The file: a header, the rows, and the totals, every field of which begins with a backtick."""
    lines = [",".join(columns), *(_line([_shown(name, row[name]) for name in columns]) for row in rows)]
    sums = [_shown(name, sum(row[name] for row in rows)) for name in summed]
    return "\r\n".join([*lines, ",".join(totals), _line([str(len(rows)), *sums]), ""])


def download(world: World, call: Call, merchant: Merchant) -> Answer:
    """The file behind a token, unsigned."""
    file = world.bill_files.get(call.query().get("token", ""))
    if file is None or file.mchid != merchant.mchid or now() > file.until:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "the token is unknown or too old: ask for the bill again")
    return Answer(None, raw=file.body)


def change(world: World, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Spoil the bills from now on.

    :raises ValueError: there is no such change.
    """
    if given.get("clear"):
        world.bill_changes.clear()
    else:
        if given.get("kind") not in CHANGES:
            raise ValueError(f"there is no change {given.get('kind')!r}; there are {', '.join(CHANGES)}")
        known = {name: given[name] for name in ("kind", "number", "by", "state", "day", "times") if name in given}
        world.bill_changes.append(BillChange(**known))
    return [vars(one) for one in world.bill_changes]


def strangers(world: World, day: date, *states: str) -> list[BillChange]:
    """The rows nobody asked for that the changes put into the bill of *day*, of those that have one of *states*."""
    found = [one for one in world.bill_changes if one.kind == "unknown" and one.day == day.isoformat()]
    return [one for one in found if one.state in states]


def _day(given: Mapping[str, str]) -> date:
    try:
        day = date.fromisoformat(given.get("bill_date", ""))
    except ValueError:
        raise bad_parameter(
            "bill_date", given.get("bill_date", ""), "must be a day: 2026-01-31", location="query"
        ) from None
    today = (now() + BEIJING).date()
    if not today - KEPT <= day < today:
        raise Refusal(400, "INVALID_REQUEST", f"there are bills of {today - KEPT} to yesterday")
    return day


def _beginning(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=now().tzinfo) - BEIJING


def _meets(world: World, kind: str) -> bool:
    """Whether a change of *kind* is asked for; each counts for so many calls."""
    for one in world.bill_changes:
        if one.kind == kind and one.times > 0:
            one.times -= 1
            return True
    return False


def _forget_old(world: World) -> None:
    for token in [token for token, file in world.bill_files.items() if now() > file.until]:
        del world.bill_files[token]


def _shown(name: str, value: Any) -> str:
    if type(value) is not int:
        return str(value)
    sign, fen = "-" if value < 0 else "", abs(value)
    return f"{sign}{fen // 100}.{fen % 100:02d}" + ("000" if name == "手续费" else "")


def _line(fields: list[str]) -> str:
    return ",".join(f"`{field}" for field in fields)
