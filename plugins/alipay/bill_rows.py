"""The lines of a trade bill: found by the names of their columns, whatever a name or a remark holds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core import BillRow
from plugins.alipay import outcomes, texts, yuan

NUMBER, OURS, KIND = "支付宝交易号", "商户订单号", "业务类型"
FINISHED, AMOUNT, RECEIVED = "完成时间", "订单金额(元)", "商家实收(元)"
REQUEST, FEE = "退款批次号/请求号", "服务费(元)"
NEEDED = (NUMBER, OURS, KIND, FINISHED, AMOUNT, RECEIVED, REQUEST, FEE)
CREATED = "创建时间"
_WHOSE = re.compile(r"#账号[：:]\[(2088\d{12})")
_TOTAL = re.compile(r"#(交易|退款)合计[：:](\d+)笔[，,][^-\d]*(-?[\d.]+)元")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Torn(Exception):
    """It is not whole, or not shaped as a bill."""


@dataclass
class Sheet:
    """What a bill says beside its rows, and what its rows come to: when all are read, they must agree.

    :param totals: ``payment`` and ``refund`` -> (how many, fen), as the bill says. :param counted: as its rows say.
    """

    payee: dict[str, str] = field(default_factory=dict)
    totals: dict[str, tuple[int, int]] = field(default_factory=dict)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)

    def agree(self) -> None:
        """:raises Torn: the bill does not end as it should, or its totals are not those of its rows."""
        for kind in ("payment", "refund"):
            if kind not in self.totals:
                raise Torn("it has no totals at its end")
            if self.totals[kind] != self.counted.get(kind, (0, 0)):
                raise Torn(f"its total of {kind}s is not the sum of its rows")


def rows(lines: Iterable[str], sheet: Sheet) -> Iterator[BillRow]:
    """The rows of a bill, one by one; *sheet* is filled on the way.

    :raises Torn: a line cannot be read.
    """
    columns: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        if text.startswith("#"):
            _note(text, sheet)
        elif not columns:
            columns = _columns(text)
        else:
            yield _row(_cells(text, columns, number), sheet, number)


def _note(text: str, sheet: Sheet) -> None:
    if whose := _WHOSE.match(text):
        sheet.payee = {"seller_id": whose[1]}
    if total := _TOTAL.match(text):
        amount = yuan.read(total[3])
        if amount is None:
            raise Torn("its totals cannot be read")
        sheet.totals["payment" if total[1] == "交易" else "refund"] = int(total[2]), amount


def _columns(text: str) -> list[str]:
    found = [name.strip().replace("（", "(").replace("）", ")") for name in text.split(",")]
    if lacking := [name for name in NEEDED if name not in found]:
        raise Torn(f"it has no column {lacking[0]}")
    return found


def _cells(text: str, columns: list[str], number: int) -> Mapping[str, str]:
    """The cells by column. A name or a remark may hold commas: two moments side by side tell where the name ends."""
    cells = [cell.strip() for cell in text.split(",")]
    more = len(cells) - len(columns)
    if more > 0:
        first = columns.index(CREATED)
        at = next((at for at in range(first, len(cells) - 1) if _are_moments(cells[at : at + 2])), None)
        if at is None:
            raise Torn(f"line {number} has {len(cells)} cells")
        cells = [*cells[: first - 1], ",".join(cells[first - 1 : at]), *cells[at:]]
        cells = [*cells[: len(columns) - 1], ",".join(cells[len(columns) - 1 :])]
    if len(cells) != len(columns):
        raise Torn(f"line {number} has {len(cells)} cells, {len(columns)} are its columns")
    return dict(zip(columns, cells, strict=True))


def _row(cells: Mapping[str, str], sheet: Sheet, number: int) -> BillRow:
    amount, received, fee = (yuan.read(cells[name]) for name in (AMOUNT, RECEIVED, FEE))
    at = texts.read(cells[FINISHED])
    if amount is None or received is None or fee is None or at is None or not cells[OURS] or not cells[NUMBER]:
        raise Torn(f"line {number} has no number, amount or time that can be read")
    is_refund = cells[KIND] == "退款" or amount < 0
    many, whole = sheet.counted.get("refund" if is_refund else "payment", (0, 0))
    sheet.counted["refund" if is_refund else "payment"] = many + 1, whole + received
    request = (cells[REQUEST] or cells[OURS]) if is_refund else None
    return BillRow(
        kind="refund" if is_refund else "payment",
        out_trade_no=cells[OURS],
        provider_ref=cells[NUMBER],
        amount=abs(amount),
        currency="CNY",
        fee=-fee,
        at=at,
        state=cells[KIND],
        out_refund_no=request,
        refund_ref=outcomes.refund_ref(cells[NUMBER], request) if request else None,
        payee=sheet.payee,
    )


def _are_moments(cells: list[str]) -> bool:
    return all(_MOMENT.fullmatch(cell) for cell in cells)
