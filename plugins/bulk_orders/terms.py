"""The words of bulk work: kinds, states, columns and limits."""

from collections.abc import Mapping
from typing import Final

NAME: Final = "bulk_orders"
#: rows of one file or one list
MOST_ROWS: Final = 1000

#: ship: rows send parcels; close: unpaid orders end; remark: a word among staff
KINDS: Final = ("ship", "close", "remark")
#: the permission that each takes
RIGHTS: Final[Mapping[str, str]] = {"ship": "order.ship", "close": "order.close", "remark": "order.remark"}
#: preview: nothing is done yet; running: its rows are gone through; done, cancelled: nothing more will come of it
STATUSES: Final = ("preview", "running", "done", "cancelled")
#: ready: will be done; wrong: refused when it was read; done; skipped: it was done before; failed: refused when it was
#: its turn; dropped: the batch was cancelled before
ROW_STATUSES: Final = ("ready", "wrong", "done", "skipped", "failed", "dropped")

#: what a row says -> how its column may be called, the first as we call it ourselves
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("order_no", "order", "order_number", "number", "订单号", "订单编号", "单号"),
    "shipment": ("sub_shipment_no", "shipment", "shipment_no", "子单号", "发货单号", "包裹单号"),
    "carrier": ("carrier", "carrier_code", "courier", "快递公司", "物流公司", "承运商", "快递公司编码"),
    "tracking_no": ("tracking_no", "tracking_number", "waybill_no", "快递单号", "物流单号", "运单号", "快递号"),
    "sku": ("sku", "sku_code", "商品编码", "规格编码", "货号"),
    "quantity": ("qty", "quantity", "数量", "发货数量"),
    "shipped_at": ("shipped_at", "发货时间"),
    "remark": ("remark", "remarks", "备注", "发货备注"),
}
REQUIRED: Final = ("order", "carrier", "tracking_no")
#: what our own tables have beside: a result or an export with numbers written in is a file to import
# fmt: off
PASSED_OVER: Final = frozenset({
    "line", "result", "code", "column", "message", "notes", "parcel", "parcels", "state", "store", "kind",
    "delivery_method", "currency", "goods", "freight", "payable", "paid", "refunded", "placed_at", "paid_at", "sent_at",
    "receiver", "phone", "region", "address", "items", "note", "staff_remark", "hold", "open_case",
})
# fmt: on
