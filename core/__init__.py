"""The public face for plugins: everything a plugin may use of core, and nothing inside core imports it."""

from core.addresses import shut_address
from core.api.auth import anyone, buyers_only, current_customer_id, needs, staff_only
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.tables import answer_table, plain_money
from core.api.wire import answer, answer_all
from core.clock import as_text, now
from core.contracts.bill import BillingChannel, BillRow
from core.contracts.checkout import (
    LAYERS,
    NEVER,
    AdjustmentDraft,
    Allocation,
    Check,
    CheckoutEntry,
    DeliveryMethod,
    EntryLine,
    EntryRequest,
    EventSpec,
    InstalmentDraft,
    JobSpec,
    Never,
    Option,
    Quote,
    QuoteLine,
    StockView,
)
from core.contracts.courier import (
    Address,
    Carrier,
    Courier,
    Label,
    LabellingCourier,
    LabelRequest,
    Looked,
    NotifyingCourier,
    Subscribed,
    TrackRequest,
)
from core.contracts.notifier import Notification, Notifier, Sent
from core.contracts.order import NODES, AdjustmentView, LineView, MoveView, OrderView, RefundDraft, ShipmentDraft
from core.contracts.payment_channel import (
    AccountView,
    Nothing,
    Notice,
    NotifyingChannel,
    OfflineChannel,
    OfflineConfirmation,
    OfflineRefund,
    PaymentChannel,
    PaymentRequest,
    PaymentStatus,
    Receipt,
    RefundReceipt,
    RefundRequest,
    Reply,
    Started,
)
from core.contracts.people import Actor, MerchantView
from core.contracts.plugin import Plugin
from core.contracts.sandbox import Sandbox, Simulator
from core.contracts.splits import (
    ReturnRequest,
    ReturnStatus,
    SplitReceiver,
    SplitRequest,
    SplitResult,
    SplitStatus,
    SplittingChannel,
    split_reference,
)
from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest, Tender
from core.contracts.track import REASONS, STATUSES, TrackPoint, TrackUpdate
from core.counters import count as count_tries
from core.current import acting, current_actor, current_merchant, setting
from core.db import add, all_of, db, find, flush, get, reading, transaction
from core.errors import (
    ChannelDown,
    ChannelRefused,
    ChannelUnsure,
    Distrusted,
    FieldError,
    Forbidden,
    Invalid,
    MerxError,
    NotFound,
    Refused,
    TooMany,
)
from core.flows.bills import fetch_bill
from core.flows.close import close_attempts, close_unpaid
from core.flows.money import receive
from core.flows.pay import query as query_payment
from core.flows.pay import start_payment
from core.flows.refund import resume_refund
from core.flows.splits import add_split_receiver, ask_split, finish_split, query_return, query_split, return_split
from core.hookspecs import hookimpl
from core.machine import Move
from core.models import (
    Account,
    Case,
    Customer,
    CustomerIdentity,
    Event,
    LedgerEntry,
    MoveLog,
    Order,
    OrderLine,
    Parcel,
    Payment,
    Product,
    RefundPart,
    Shipment,
    Store,
    Track,
    Variant,
    Warehouse,
)
from core.money import allocate, format_money, unit_share
from core.network import KeptClient, addresses_of, http_client
from core.plugins import events as event_catalog
from core.plugins import notifiers, settings_of
from core.queue import forget, later, soon
from core.reasons import CLOSE_REASONS
from core.schemas import fields
from core.services.accounts import learn, open_accounts
from core.services.adjusting import adjust
from core.services.cases import open_case, resolve_key
from core.services.catalog import free_units
from core.services.deadlines import ask as ask_deadline
from core.services.deadlines import left_if_signed, set_deadline
from core.services.deadlines import pause as pause_deadline
from core.services.deadlines import resume as resume_deadline
from core.services.deadlines import stand_still as clocks_stand_still
from core.services.events import announce
from core.services.handing_over import call_off_unsent, redeem
from core.services.ledger import post
from core.services.moves import follow as release
from core.services.moves import lock_numbered, lock_order, move
from core.services.order_search import order_conditions
from core.services.orders import write_remark
from core.services.rearranging import merge_shipments, reallocate, split_shipment
from core.services.refund_amounts import Wanted
from core.services.refunds import request_refund
from core.services.sealed_texts import seal, unseal
from core.services.shipments import receive as receive_shipment
from core.services.shipments import send as send_parcel
from core.services.stock import restock
from core.services.tenders import pay_in
from core.services.track_facts import record_track
from core.services.tracking import carriers
from core.services.tracking import checked as check_tracking
from core.services.wishes import Wish as PaymentWish
from core.signing import is_signed, sign, signatures
from core.tables import Base, Tenant, belongs_to, minor_units, one_of, sealed_text

# fmt: off
__all__ = [
    "Account", "AccountView", "Actor", "Address", "AdjustmentDraft", "AdjustmentView", "Allocation", "Base", "BillRow",
    "BillingChannel", "CLOSE_REASONS", "Carrier", "Case", "ChannelDown", "ChannelRefused", "ChannelUnsure", "Check",
    "CheckoutEntry", "Courier", "Credit", "Customer", "CustomerIdentity", "DeliveryMethod", "Distrusted", "EntryLine",
    "EntryRequest", "Event", "EventSpec", "FieldError", "Forbidden", "GiveBack", "Held", "Hold", "HoldRequest",
    "InstalmentDraft", "Invalid", "JobSpec", "KeptClient", "LAYERS", "Label", "LabelRequest", "LabellingCourier",
    "LedgerEntry", "LineView", "Looked", "MerchantView", "MerxError", "Move", "MoveLog", "MoveView", "NEVER", "NODES",
    "Never", "NotFound", "Nothing", "Notice", "Notification", "Notifier", "NotifyingChannel", "NotifyingCourier",
    "OfflineChannel", "OfflineConfirmation", "OfflineRefund", "Option", "Order", "OrderLine", "OrderView", "Parcel",
    "Payment", "PaymentChannel", "PaymentRequest", "PaymentStatus", "PaymentWish", "Plugin", "Product", "Quote",
    "QuoteLine", "REASONS", "Receipt", "RefundDraft", "RefundPart", "RefundReceipt", "RefundRequest", "Refused",
    "Reply", "ReturnRequest", "ReturnStatus", "STATUSES", "Sandbox", "Sent", "Shipment", "ShipmentDraft", "Simulator",
    "SplitReceiver", "SplitRequest", "SplitResult", "SplitStatus", "SplittingChannel", "Started", "StockView", "Store",
    "Subscribed", "Tenant", "Tender", "TooMany", "Track", "TrackPoint", "TrackRequest", "TrackUpdate", "Variant",
    "Wanted", "Warehouse", "acting", "add", "add_split_receiver", "addresses_of", "adjust", "admin_blueprint", "all_of",
    "allocate", "announce", "answer", "answer_all", "answer_table", "anyone", "as_text", "ask_deadline", "ask_split",
    "belongs_to", "buyers_only", "call_off_unsent", "carriers", "check_tracking", "clocks_stand_still",
    "close_attempts", "close_unpaid", "count_tries", "current_actor", "current_customer_id", "current_merchant", "db",
    "event_catalog", "fetch_bill", "fields", "find", "finish_split", "flush", "forget", "format_money", "free_units",
    "get", "hookimpl", "http_client", "idempotent", "is_signed", "later", "learn", "left_if_signed", "lock_numbered",
    "lock_order", "merge_shipments", "minor_units", "move", "needs", "notifiers", "now", "one_of", "open_accounts",
    "open_case", "order_conditions", "page", "paged", "pause_deadline", "pay_in", "plain_money", "post",
    "query_payment", "query_return", "query_split", "reading", "reallocate", "receive", "receive_shipment",
    "record_track", "redeem", "release", "request_refund", "resolve_key", "restock", "resume_deadline", "resume_refund",
    "return_split", "seal", "sealed_text", "send_parcel", "set_deadline", "setting", "settings_of", "shop_blueprint",
    "shut_address", "sign", "signatures", "soon", "split_reference", "split_shipment", "staff_only", "start_payment",
    "transaction", "unit_share", "unseal", "write_remark",
]
# fmt: on
