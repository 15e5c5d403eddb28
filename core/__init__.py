"""The public face for plugins: everything a plugin may use of core, and nothing inside core imports it."""

from core.api.auth import anyone, buyers_only, current_customer_id, needs, staff_only
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer, answer_all
from core.clock import now
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
from core.contracts.order import AdjustmentView, LineView, MoveView, OrderView, RefundDraft, ShipmentDraft
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
from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest, Tender
from core.current import current_actor, current_merchant, setting
from core.db import add, all_of, db, find, flush, get, reading, transaction
from core.errors import (
    ChannelDown,
    ChannelRefused,
    ChannelUnsure,
    Distrusted,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
)
from core.flows.bills import fetch_bill
from core.flows.close import close_attempts
from core.flows.money import receive
from core.flows.pay import query as query_payment
from core.flows.pay import start_payment
from core.hookspecs import hookimpl
from core.machine import Move
from core.models import (
    Account,
    Case,
    Customer,
    Event,
    LedgerEntry,
    MoveLog,
    Order,
    OrderLine,
    Payment,
    Product,
    RefundPart,
    Variant,
)
from core.money import allocate, format_money
from core.network import http_client
from core.plugins import settings_of
from core.queue import forget, later, soon
from core.schemas import fields
from core.services.accounts import learn, open_accounts
from core.services.cases import open_case, resolve_key
from core.services.deadlines import pause as pause_deadline
from core.services.deadlines import resume as resume_deadline
from core.services.deadlines import set_deadline
from core.services.events import announce
from core.services.ledger import post
from core.services.moves import follow as release
from core.services.moves import lock_order, move
from core.services.refunds import request_refund
from core.services.stock import restock
from core.services.wishes import Wish as PaymentWish
from core.tables import Base, Tenant, belongs_to, minor_units, one_of

__all__ = [
    "LAYERS",
    "NEVER",
    "Account",
    "AccountView",
    "Actor",
    "AdjustmentDraft",
    "AdjustmentView",
    "Allocation",
    "Base",
    "BillRow",
    "BillingChannel",
    "Case",
    "ChannelDown",
    "ChannelRefused",
    "ChannelUnsure",
    "Check",
    "CheckoutEntry",
    "Credit",
    "Customer",
    "DeliveryMethod",
    "Distrusted",
    "EntryLine",
    "EntryRequest",
    "Event",
    "EventSpec",
    "FieldError",
    "Forbidden",
    "GiveBack",
    "Held",
    "Hold",
    "HoldRequest",
    "InstalmentDraft",
    "Invalid",
    "JobSpec",
    "LedgerEntry",
    "LineView",
    "MerchantView",
    "Move",
    "MoveLog",
    "MoveView",
    "Never",
    "NotFound",
    "Nothing",
    "Notice",
    "NotifyingChannel",
    "OfflineChannel",
    "OfflineConfirmation",
    "OfflineRefund",
    "Option",
    "Order",
    "OrderLine",
    "OrderView",
    "Payment",
    "PaymentChannel",
    "PaymentRequest",
    "PaymentStatus",
    "PaymentWish",
    "Plugin",
    "Product",
    "Quote",
    "QuoteLine",
    "Receipt",
    "RefundDraft",
    "RefundPart",
    "RefundReceipt",
    "RefundRequest",
    "Refused",
    "Reply",
    "Sandbox",
    "ShipmentDraft",
    "Simulator",
    "Started",
    "StockView",
    "Tenant",
    "Tender",
    "Variant",
    "add",
    "admin_blueprint",
    "all_of",
    "allocate",
    "announce",
    "answer",
    "answer_all",
    "anyone",
    "belongs_to",
    "buyers_only",
    "close_attempts",
    "current_actor",
    "current_customer_id",
    "current_merchant",
    "db",
    "fetch_bill",
    "fields",
    "find",
    "flush",
    "forget",
    "format_money",
    "get",
    "hookimpl",
    "http_client",
    "idempotent",
    "later",
    "learn",
    "lock_order",
    "minor_units",
    "move",
    "needs",
    "now",
    "one_of",
    "open_accounts",
    "open_case",
    "page",
    "paged",
    "pause_deadline",
    "post",
    "query_payment",
    "reading",
    "receive",
    "release",
    "request_refund",
    "resolve_key",
    "restock",
    "resume_deadline",
    "set_deadline",
    "setting",
    "settings_of",
    "shop_blueprint",
    "soon",
    "staff_only",
    "start_payment",
    "transaction",
]
