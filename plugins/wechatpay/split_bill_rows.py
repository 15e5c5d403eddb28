"""The lines of the bill of shares as rows: what receivers got of payments, and what they gave back."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Literal

from core import BillRow
from plugins.wechatpay.bill_rows import Layout, fen, moment, read

#: what we need -> its columns
NAMES: Mapping[str, tuple[str, ...]] = {
    "at": ("分账时间",),
    "provider_ref": ("微信订单号",),
    "order_id": ("微信分账/回退单号",),
    "detail_id": ("分账明细单号",),
    "number": ("商户分账/回退单号",),
    "receiver": ("分账接收方",),
    "amount": ("金额",),
    "kind": ("业务类型",),
    "state": ("处理状态",),
}
#: the manual names no totals; those that would count all lines
COUNTS = ("总条数", "总笔数", "总单数", "总交易单数")
#: 业务类型 -> ours; money that is let go to the merchant itself is nobody's share
KINDS: Mapping[str, Literal["split", "split_return"]] = {"分账": "split", "分账回退": "split_return"}
#: 处理状态 -> the API's word for it; WeChat Pay says that what did not succeed stands in no bill
STATES: Mapping[str, str] = {
    "分账成功": "SUCCESS",
    "回退成功": "SUCCESS",
    "处理中": "PROCESSING",
    "分账失败": "FAILED",
    "回退失败": "FAILED",
}


def rows(file: BinaryIO) -> Iterator[BillRow]:
    """The rows of a bill of shares, see :func:`plugins.wechatpay.bill_rows.read`."""
    return read(file, Layout(NAMES, "", COUNTS, {}, _row))


def _row(told: Mapping[str, str]) -> BillRow | None:
    kind = KINDS.get(told["kind"])
    if kind is None:
        return None
    return BillRow(
        kind=kind,
        out_trade_no="",
        provider_ref=told["provider_ref"],
        amount=fen(told["amount"]),
        currency="CNY",
        fee=0,
        at=moment(told["at"]),
        state=STATES.get(told["state"], told["state"]),
        out_split_no=told["number"],
        split_ref=told["detail_id"] or told["order_id"],
        receiver=told["receiver"],
    )
