"""The file of a trade bill: its rows, what shall be wrong with them, and the packed sheets in their exact layout."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.world import BEIJING, Refund, Trade, World, beijing, yuan

COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMMARY = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
#: what may be done to a row of a day
CHANGES = ("drop", "duplicate", "alter", "add")
DETAIL, SUMMED = "业务明细", "业务汇总"


@dataclass(frozen=True)
class Row:
    """One line; fen."""

    trade_no: str
    out_trade_no: str
    kind: str
    name: str
    created: str
    finished: str
    store: str
    amount: int
    received: int
    coupon: int
    request: str
    fee: int


def rows_of(world: World, seller: str, day: date) -> list[Row]:
    """What a seller's bill of *day* says, wrong where it shall be wrong."""
    found: list[tuple[datetime, Row]] = []
    for trade in world.trades.values():
        if trade.whose.seller_id == seller and trade.paid_at is not None:
            found += [(trade.paid_at, _paid(trade))] if _is_on(trade.paid_at, day) else []
            found += [
                (one.done_at, _back(world, one)) for one in trade.refunds if one.done_at and _is_on(one.done_at, day)
            ]
    rows = [row for _, row in sorted(found, key=lambda pair: pair[0])]
    for change in world.bill_faults.get((seller, day.isoformat()), []):
        rows = _changed(rows, change)
    return rows


def fee_of(fen: int) -> int:
    """What Alipay takes of a payment: 0.6 percent, half a fen upwards."""
    return (fen * 6 + 500) // 1000


def packed(world: World, seller: str, day: date) -> bytes:
    """The zip with both sheets: names and texts in GBK, and nothing that says so."""
    rows, file = rows_of(world, seller, day), io.BytesIO()
    sheets = {f"{DETAIL}.csv": _detail(rows, seller, day), f"{DETAIL}(汇总).csv": _sum(rows, seller, day)}
    names = {f"{seller}0156_{day:%Y%m%d}_{tail}".encode("gbk"): text for tail, text in sheets.items()}
    # zipfile writes such names in UTF-8 and says so; so it is given words as long, which are exchanged after
    words = {crypto.word(len(name)): name for name in names}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for word, name in words.items():
            zipped.writestr(word, names[name].encode("gbk", "replace"))
    made = file.getvalue()
    for word, name in words.items():
        made = made.replace(word.encode(), name)
    return made


def _detail(rows: Sequence[Row], seller: str, day: date) -> str:
    paid, back = ([row for row in rows if (row.kind == "退款") is wanted] for wanted in (False, True))
    lines = [*_head(f"#支付宝{DETAIL}查询", seller, day), f"#{'-' * 41}{DETAIL}列表{'-' * 40}", COLUMNS]
    lines += [_line(row) for row in rows]
    lines += [
        f"#{'-' * 41}{DETAIL}列表结束{'-' * 36}",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(row.received for row in paid))}元，"
        f"商家优惠共{yuan(sum(row.coupon for row in paid))}元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(sum(row.received for row in back))}元，"
        f"商家优惠退款共{yuan(sum(row.coupon for row in back))}元",
        _exported(),
    ]
    return "\r\n".join([*lines, ""])


def _sum(rows: Sequence[Row], seller: str, day: date) -> str:
    back = sum(row.kind == "退款" for row in rows)
    amount, received, coupon, fee = (
        sum(getattr(row, name) for row in rows) for name in ("amount", "received", "coupon", "fee")
    )
    whole = ["合计", "", str(len(rows) - back), str(back), yuan(amount), yuan(received), "0.00", yuan(coupon), "0.00"]
    whole += [yuan(-fee), "0.00", yuan(received - fee)]
    lines = [
        *_head(f"#支付宝{SUMMED}查询", seller, day),
        f"#{'-' * 41}{SUMMED}列表{'-' * 40}",
        SUMMARY,
        ",".join(whole),
    ]
    return "\r\n".join([*lines, f"#{'-' * 40}{SUMMED}列表结束{'-' * 37}", _exported(), ""])


def _head(title: str, seller: str, day: date) -> list[str]:
    end = day + timedelta(days=1)
    span = f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{end:%Y年%m月%d日} 00:00:00]"
    return [title, f"#账号：[{seller}0156]", span]


def _exported() -> str:
    return f"#导出时间：[{now() + BEIJING:%Y年%m月%d日 %H:%M:%S}]"


def _line(row: Row) -> str:
    cells = [f"{row.trade_no}\t", f"{row.out_trade_no}\t", f"{row.kind}\t", row.name, row.created, row.finished]
    cells += [f"{row.store}\t", "\t", "\t", "\t", "*三(sim***@example.com)\t", yuan(row.amount), yuan(row.received)]
    cells += ["0.00", "0.00", "0.00", yuan(row.coupon), "0.00", "", "0.00\t", "0.00", f"{row.request}\t"]
    return ",".join([*cells, yuan(-row.fee), "0.00", ""])


def _paid(trade: Trade) -> Row:
    received = trade.amount - trade.coupon
    return _row(trade, "交易", trade.paid_at or now(), trade.amount, received, "", fee_of(received))


def _back(world: World, found: Refund) -> Row:
    trade = found.trade
    done = [one for one in trade.refunds if one.done_at is not None]
    before = sum(one.amount for one in done[: done.index(found)])
    cash, after = trade.amount - trade.coupon, before + found.amount
    received = after * cash // trade.amount - before * cash // trade.amount
    # cut on the sum, so that all parts together give back exactly what was taken
    whole = fee_of(cash)
    fee = before * whole // trade.amount - after * whole // trade.amount if world.switches.fee_returned else 0
    return _row(trade, "退款", found.done_at or now(), -found.amount, -received, found.number, fee)


def _row(trade: Trade, kind: str, at: datetime, amount: int, received: int, request: str, fee: int) -> Row:
    created = beijing(trade.opened_at or trade.created_at)
    name, store = str(trade.biz["subject"]), str(trade.biz.get("store_id", ""))
    coupon = amount - received
    return Row(
        trade.trade_no, trade.number, kind, name, created, beijing(at), store, amount, received, coupon, request, fee
    )


def _changed(rows: list[Row], change: dict[str, Any]) -> list[Row]:
    """One change: of the rows of a number, or a row that no trade of ours stands behind."""
    if change["change"] == "add":
        return [*rows, Row(**change["row"])]
    number, request = change["out_trade_no"], change.get("out_request_no", "")
    told: list[Row] = []
    for row in rows:
        hit = row.out_trade_no == number and row.request == request
        if not hit:
            told.append(row)
        elif change["change"] == "duplicate":
            told += [row, row]
        elif change["change"] == "alter":
            sign = -1 if row.amount < 0 else 1
            told.append(replace(row, amount=sign * change["amount"], received=sign * change["amount"] - row.coupon))
    return told


def _is_on(moment: datetime, day: date) -> bool:
    return (moment + BEIJING).date() == day
