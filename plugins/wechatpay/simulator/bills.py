"""The daily trade bill out of the simulator's own orders and refunds, in the exact layout; spoilt if that is wanted."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from core import now
from plugins.wechatpay.simulator.bill_files import Row, strangers, tell, written
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import bad_parameter
from plugins.wechatpay.simulator.resources import TRADE_TYPE
from plugins.wechatpay.simulator.world import BEIJING, BillChange, Order, Refund, World

# fmt: off
COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
    "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额",
    "费率备注",
)
# fmt: on
TOTALS = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
SUMMED = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
#: of 10,000
RATE = 60
REFUND = "REFUND"


def tradebill(world: World, call: Call, merchant: Merchant) -> Answer:
    """Tell where the bill of a day lies."""
    given = call.query()
    if given.get("bill_type", "ALL") != "ALL":
        raise bad_parameter("bill_type", given["bill_type"], "is played for ALL", location="query")

    def text_of(day: date) -> str:
        whose = given.get("sub_mchid")
        rows = [row for row in rows_of(world, merchant, day) if whose in (None, row["特约商户号"])]
        return as_text(rows) if rows else ""

    return tell(world, call, merchant, text_of)


def rows_of(world: World, merchant: Merchant, day: date) -> list[Row]:
    """Payments and refunds of one day of Beijing's, by time, as the changes have it."""
    found: list[tuple[datetime, Row]] = []
    for order in [one for one in world.orders.values() if one.merchant is merchant]:
        if order.paid_at is not None:
            found.append((order.paid_at, _payment(order)))
        found += [(refund.created_at, _refund(refund)) for refund in order.refunds]
    rows: list[Row] = []
    for at, row in sorted(found, key=lambda one: one[0]):
        mine = [one for one in world.bill_changes if one.number == _number(row)]
        late = sum(one.kind == "late" for one in mine)
        if (at + BEIJING).date() + timedelta(days=late) == day:
            rows += _changed(row, mine)
    told = enumerate(strangers(world, day, "", REFUND))
    return rows + [_stranger(merchant, day, one, place) for place, one in told]


def as_text(rows: list[Row]) -> str:
    """The file of these rows."""
    return written(rows, COLUMNS, TOTALS, SUMMED)


def fee_of(amount: int) -> int:
    """What is taken of *amount*, in fen: half a fen counts as one."""
    return (amount * RATE + 5000) // 10_000


# ---------------------------------------------------------------------------------------------- rows
def _payment(order: Order) -> Row:
    return _common(order, order.paid_at or now()) | {
        "交易状态": "SUCCESS",
        "应结订单金额": order.total - order.coupon,
        "代金券金额": order.coupon,
        "手续费": fee_of(order.total - order.coupon),
        "订单金额": order.total,
    }


def _refund(refund: Refund) -> Row:
    status = "PROCESSING" if refund.status == "PROCESSING" else "SUCCESS" if refund.status == "SUCCESS" else "FAIL"
    return _common(refund.order, refund.created_at) | {
        "交易状态": "REFUND",
        "微信退款单号": refund.refund_id,
        "商户退款单号": refund.number,
        "退款金额": refund.payer_refund,
        "充值券退款金额": refund.amount - refund.payer_refund,
        "退款类型": "ORIGINAL",
        "退款状态": status,
        "手续费": -fee_of(refund.payer_refund),
        "申请退款金额": refund.amount,
    }


def _common(order: Order, at: datetime) -> Row:
    app = order.params["sp_appid" if order.partner else "appid"]
    empty: Row = {name: 0 if name in SUMMED or name == "代金券金额" else "" for name in COLUMNS}
    return empty | {
        "交易时间": (at + BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "公众账号ID": app,
        "商户号": order.merchant.mchid,
        "特约商户号": order.sub_mchid or "0",
        "微信订单号": order.transaction_id,
        "商户订单号": order.number,
        "用户标识": order.openid,
        "交易类型": TRADE_TYPE[order.channel],
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "商品名称": order.params["description"],
        "商户数据包": order.params.get("attach", ""),
        "费率": "0.60%",
    }


def _stranger(merchant: Merchant, day: date, wanted: BillChange, place: int) -> Row:
    number = wanted.number or f"STRANGER{day:%Y%m%d}{place}"
    empty: Row = {name: 0 if name in SUMMED or name == "代金券金额" else "" for name in COLUMNS}
    told = {"公众账号ID": merchant.apps[0], "商户号": merchant.mchid, "特约商户号": "0", "商户订单号": number}
    told |= {"微信订单号": f"42SIM{number}", "交易类型": "NATIVE", "货币种类": "CNY", "微信退款单号": "0"}
    money = {"应结订单金额": wanted.by, "订单金额": wanted.by, "手续费": fee_of(wanted.by), "费率": "0.60%"}
    if wanted.state == "REFUND":
        told |= {
            "微信退款单号": f"50SIM{number}",
            "商户退款单号": number,
            "退款类型": "ORIGINAL",
            "退款状态": "SUCCESS",
        }
        money = {"退款金额": wanted.by, "申请退款金额": wanted.by, "手续费": -fee_of(wanted.by), "费率": "0.60%"}
    else:
        told["商户退款单号"] = "0"
    state = "REFUND" if wanted.state == "REFUND" else "SUCCESS"
    return empty | told | money | {"交易时间": f"{day} 23:59:59", "交易状态": state, "付款银行": "OTHERS"}


def _number(row: Row) -> str:
    return str(row["商户退款单号"] if row["交易状态"] == "REFUND" else row["商户订单号"])


# ---------------------------------------------------------------------------------------------- changes
def _changed(row: Row, changes: list[BillChange]) -> Iterator[Row]:
    for one in changes:
        if one.kind in _EDITS:
            row = _EDITS[one.kind](row, one)
    if any(one.kind == "drop" for one in changes):
        return
    yield row
    for one in changes:
        if one.kind == "repeat":
            yield row
        elif one.kind == "duplicate":
            name = "微信退款单号" if row["交易状态"] == "REFUND" else "微信订单号"
            yield row | {name: f"{row[name]}9"}


def _other_amount(row: Row, wanted: BillChange) -> Row:
    names = ("退款金额", "申请退款金额") if row["交易状态"] == "REFUND" else ("应结订单金额", "订单金额")
    changed = row | {name: row[name] + wanted.by for name in names}
    fee = fee_of(changed[names[0]])
    return changed | {"手续费": -fee if row["交易状态"] == "REFUND" else fee}


def _other_fee(row: Row, wanted: BillChange) -> Row:
    return row | {"手续费": row["手续费"] + wanted.by}


def _other_state(row: Row, wanted: BillChange) -> Row:
    return row | {"退款状态" if row["交易状态"] == "REFUND" else "交易状态": wanted.state}


_EDITS: Mapping[str, Callable[[Row, BillChange], Row]] = {
    "amount": _other_amount,
    "fee": _other_fee,
    "state": _other_state,
}
