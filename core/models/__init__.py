"""All tables of core; importing it makes the metadata complete."""

from core.models.cart import CartLine
from core.models.catalog import Product, Variant
from core.models.merchant import Account, File, Merchant, MerchantPlugin, StaffStore, Store
from core.models.order import Adjustment, Order, OrderLine, Share
from core.models.payment import Instalment, LedgerEntry, Payment, Refund, RefundLine, RefundPart
from core.models.people import ApiKey, Customer, CustomerIdentity, Session, Staff
from core.models.record import Case, Deadline, Event, IdempotencyKey, Job, Message, MoveLog, Notice
from core.models.shipment import Parcel, Shipment, ShipmentLine
from core.models.stock import Reservation, Stock, Warehouse
from core.models.tracking import Track, TrackStep

__all__ = [
    "Account",
    "Adjustment",
    "ApiKey",
    "CartLine",
    "Case",
    "Customer",
    "CustomerIdentity",
    "Deadline",
    "Event",
    "File",
    "IdempotencyKey",
    "Instalment",
    "Job",
    "LedgerEntry",
    "Merchant",
    "MerchantPlugin",
    "Message",
    "MoveLog",
    "Notice",
    "Order",
    "OrderLine",
    "Parcel",
    "Payment",
    "Product",
    "Refund",
    "RefundLine",
    "RefundPart",
    "Reservation",
    "Session",
    "Share",
    "Shipment",
    "ShipmentLine",
    "Staff",
    "StaffStore",
    "Stock",
    "Store",
    "Track",
    "TrackStep",
    "Variant",
    "Warehouse",
]
