"""The daily bill of shares: what receivers got and gave back, in the layout of the manual; spoilt if that is wanted."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from plugins.wechatpay.simulator import sharing
from plugins.wechatpay.simulator.bill_files import Row, strangers, tell, written
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.sharing import Return, Split
from plugins.wechatpay.simulator.world import BEIJING, BillChange, World

# fmt: off
COLUMNS = (
    "分账时间", "分账发起方", "分账方", "微信订单号", "微信分账/回退单号", "分账明细单号", "商户分账/回退单号",
    "订单金额", "分账接收方", "金额", "业务类型", "处理状态", "分账描述", "备注",
)
# fmt: on
#: the manual does not name them
TOTALS, SUMMED = ("总条数", "总金额"), ("金额",)
SPLIT, RETURN = "SPLIT", "SPLIT_RETURN"
KINDS: Mapping[str, str] = {SPLIT: "分账", RETURN: "分账回退"}
DONE = "分账成功"


def splitbill(world: World, call: Call, merchant: Merchant) -> Answer:
    """Tell where the bill of a day lies; a provider who names no sub-merchant gets those of all."""
    whose = call.query().get("sub_mchid")

    def text_of(day: date) -> str:
        rows = [row for row in rows_of(world, merchant, day) if whose in (None, row["分账方"])]
        return written(rows, COLUMNS, TOTALS, SUMMED) if rows else ""

    return tell(world, call, merchant, text_of)


def rows_of(world: World, merchant: Merchant, day: date) -> list[Row]:
    """Parts and returns that were done on one day of Beijing's, by time, as the changes have it."""
    sharing.settle(world)
    mine = [one for one in world.splits.values() if one.order.merchant is merchant]
    found = [part for one in mine for part in (*_parts(one), *_returns(one))]
    rows: list[Row] = []
    for at, row in sorted(found, key=lambda one: one[0]):
        names = (row["商户分账/回退单号"], f"{row['商户分账/回退单号']} {row['分账接收方']}")
        changes = [one for one in world.bill_changes if one.number in names]
        if (at + BEIJING).date().toordinal() + sum(one.kind == "late" for one in changes) == day.toordinal():
            rows += _changed(row, changes)
    told = enumerate(strangers(world, day, SPLIT, RETURN))
    return rows + [_stranger(world, merchant, day, one, place) for place, one in told]


def _parts(split: Split) -> Iterator[tuple[datetime, Row]]:
    """What did not succeed stands in no bill."""
    at = split.finished_at
    for place, one in enumerate(split.receivers):
        if at is not None and split.results[one["account"]] == "SUCCESS":
            told = {"分账明细单号": f"{split.order_id}{place:02d}", "分账接收方": one["account"], "金额": one["amount"]}
            number = {"商户分账/回退单号": split.params["out_order_no"], "微信分账/回退单号": split.order_id}
            yield at, _common(split, at, SPLIT) | number | told | {"分账描述": one["description"]}


def _returns(split: Split) -> Iterator[tuple[datetime, Row]]:
    for one in split.returns.values():
        if one.finished_at is not None:
            yield one.finished_at, _common(split, one.finished_at, RETURN) | _return(one)


def _return(back: Return) -> Row:
    params = back.params
    told = {"分账明细单号": back.return_id, "分账接收方": params["return_mchid"], "金额": params["amount"]}
    number = {"商户分账/回退单号": params["out_return_no"], "微信分账/回退单号": back.return_id}
    return told | number | {"分账描述": params["description"]}


def _common(split: Split, at: datetime, kind: str) -> Row:
    order = split.order
    return {
        "分账时间": (at + BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "分账发起方": order.merchant.mchid,
        "分账方": order.sub_mchid or order.merchant.mchid,
        "微信订单号": order.transaction_id,
        "订单金额": order.total,
        "业务类型": KINDS[kind],
        "处理状态": DONE,
        "备注": "",
    }


def _stranger(world: World, merchant: Merchant, day: date, wanted: BillChange, place: int) -> Row:
    number = f"STRANGER{day:%Y%m%d}{place}"
    order = world.orders.get((merchant.mchid, wanted.number))
    told = {"微信订单号": order.transaction_id if order else f"42SIM{number}", "商户分账/回退单号": number}
    told |= {"微信分账/回退单号": f"30SIM{number}", "分账明细单号": f"30SIM{number}00", "分账接收方": "1900009999"}
    told |= {"分账发起方": merchant.mchid, "分账方": merchant.mchid, "业务类型": KINDS[wanted.state], "处理状态": DONE}
    texts = {"分账时间": f"{day} 23:59:59", "分账描述": "", "备注": ""}
    return told | texts | {"订单金额": wanted.by, "金额": wanted.by}


# ---------------------------------------------------------------------------------------------- changes
def _changed(row: Row, changes: list[BillChange]) -> Iterator[Row]:
    for one in changes:
        row = row | _EDITS[one.kind](row, one) if one.kind in _EDITS else row
    if any(one.kind == "drop" for one in changes):
        return
    yield row
    for one in changes:
        if one.kind == "repeat":
            yield row
        elif one.kind == "duplicate":
            yield row | {"分账明细单号": f"{row['分账明细单号']}9"}


_EDITS: Mapping[str, Callable[[Row, BillChange], Row]] = {
    "amount": lambda row, wanted: {"金额": row["金额"] + wanted.by},
    "state": lambda row, wanted: {"处理状态": wanted.state},
}
