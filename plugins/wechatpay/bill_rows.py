"""The lines of a bill, and of a trade bill (ALL), as rows: columns by name, yuan as fen, totals compared at the end."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import BinaryIO

from core import BillRow, ChannelUnsure
from plugins.wechatpay.texts import BEIJING

#: what the header of the totals begins with
TOTALS = "总交易单数"
#: a total -> the column it is the sum of
SUMS: Mapping[str, str] = {"订单总金额": "订单金额", "申请退款总金额": "申请退款金额"}
#: what we need -> its names, the newest first
NAMES: Mapping[str, tuple[str, ...]] = {
    "at": ("交易时间",),
    "appid": ("公众账号ID",),
    "mchid": ("商户号",),
    "sub_mchid": ("特约商户号", "子商户号"),
    "provider_ref": ("微信订单号",),
    "out_trade_no": ("商户订单号",),
    "trade_state": ("交易状态",),
    "currency": ("货币种类",),
    "refund_ref": ("微信退款单号",),
    "out_refund_no": ("商户退款单号",),
    "refund_state": ("退款状态",),
    "fee": ("手续费",),
    "amount": ("订单金额", "总金额", "应结订单金额"),
    "refund": ("申请退款金额", "退款金额"),
}
REFUND = "REFUND"
_YUAN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,6}))?")


@dataclass(frozen=True)
class Layout:
    """What a kind of bill looks like.

    :param names: what we need -> its columns, the newest first.
    :param totals: what the header of the totals begins with; empty: the manual does not say.
    :param counts: the totals that count all lines, compared where one of them stands.
    :param sums: a total -> the column it is the sum of.
    :param row: what a line says, by our names; None = nothing that we compare.
    """

    names: Mapping[str, tuple[str, ...]]
    totals: str
    counts: tuple[str, ...]
    sums: Mapping[str, str]
    row: Callable[[Mapping[str, str]], BillRow | None]


def rows(file: BinaryIO) -> Iterator[BillRow]:
    """The rows of a trade bill, see :func:`read`."""
    return read(file, Layout(NAMES, TOTALS, (TOTALS,), SUMS, _row))


def read(file: BinaryIO, layout: Layout) -> Iterator[BillRow]:
    """The rows of *file*, which is closed at the end.

    :raises ChannelUnsure: a line cannot be read, or the totals are not those of the lines.
    """
    with TextIOWrapper(file, encoding="utf-8-sig", newline="\n") as text:
        lines = (line.rstrip("\r\n") for line in text)
        header = next(lines, "").split(",")
        places = _places(header, layout.names)
        sums, count = dict.fromkeys(layout.sums, 0), 0
        for line in lines:
            if line and not line.startswith("`") and line.startswith(layout.totals):
                told = dict(zip(line.split(","), _fields(next(lines, "")), strict=False))
                _compare(told, layout.counts, sums, count)
                return
            fields = _fields(line)
            if len(fields) != len(header):
                raise ChannelUnsure(f"Line {count + 2} of the bill has {len(fields)} fields, not {len(header)}.")
            count += 1  # noqa: SIM113 - the totals are no line of it
            for total, column in layout.sums.items():
                if column in header:
                    sums[total] += fen(fields[header.index(column)])
            row = layout.row({name: fields[place] for name, place in places.items()})
            if row is not None:
                yield row
    raise ChannelUnsure("The bill ends without its totals.")


def fen(yuan: str, *, round_off: bool = False) -> int:
    """An amount of the bill in fen, exactly.

    :param round_off: a fee has five decimals: half a fen counts as one.
    :raises ChannelUnsure: it is no amount, or not one of whole fen.
    """
    found = _YUAN.fullmatch(yuan)
    if found is None:
        raise ChannelUnsure(f"The bill says {yuan[:20]!r} where an amount in yuan must stand.")
    sign, whole, decimals = found[1], found[2], (found[3] or "").ljust(6, "0")
    value, rest = int(whole) * 100 + int(decimals[:2]), int(decimals[2:])
    if rest and not round_off:
        raise ChannelUnsure(f"The bill says {yuan[:20]!r}: less than a fen cannot be.")
    value += rest >= 5000
    return -value if sign else value


def moment(told: str) -> datetime:
    """A time of the bill. :raises ChannelUnsure: it is none."""
    try:
        return datetime.fromisoformat(told).replace(tzinfo=BEIJING).astimezone(UTC)
    except ValueError:
        raise ChannelUnsure(f"The bill says {told[:30]!r} where a time must stand.") from None


def _places(header: list[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, columns in names.items():
        found = next((column for column in columns if column in header), None)
        if found is None:
            raise ChannelUnsure(f"The bill has no column {columns[0]}.")
        places[name] = header.index(found)
    return places


def _fields(line: str) -> list[str]:
    # texts may hold commas: only a comma before a backtick ends a field
    return line[1:].split(",`") if line.startswith("`") else []


def _row(told: Mapping[str, str]) -> BillRow:
    refund = told["trade_state"] == REFUND
    payee = {"mchid": told["mchid"], "appid": told["appid"]}
    if told["sub_mchid"] not in ("", "0"):
        payee["sub_mchid"] = told["sub_mchid"]
    return BillRow(
        kind="refund" if refund else "payment",
        out_trade_no=told["out_trade_no"],
        provider_ref=told["provider_ref"],
        amount=fen(told["refund" if refund else "amount"]),
        currency=told["currency"],
        fee=fen(told["fee"], round_off=True),
        at=moment(told["at"]),
        state=told["refund_state" if refund else "trade_state"],
        out_refund_no=told["out_refund_no"] if refund else None,
        refund_ref=told["refund_ref"] if refund else None,
        payee=payee,
    )


def _compare(told: Mapping[str, str], counts: tuple[str, ...], sums: Mapping[str, int], count: int) -> None:
    """Refuse a bill whose totals are not those of its lines: we have misread it, or it is not whole."""
    lines = next((told[name] for name in counts if name in told), None)
    if lines is not None and lines.partition(".")[0] != str(count):
        raise ChannelUnsure(f"The bill has {count} lines and says it has {lines[:20]!r}.")
    for total, found in sums.items():
        if total in told and fen(told[total]) != found:
            raise ChannelUnsure(f"The lines of the bill come to {found} fen, its {total} says {told[total][:20]!r}.")
