"""Every place where a plugin may speak. The verb tells when, and what silence means.

=============  ==============================  =============================  ============================
verb           when                            what you may return            if you raise
=============  ==============================  =============================  ============================
``register_``  once, at start                  a list (or dict)               your plugin is quarantined
``add_``       inside the transaction          a list; all are joined         the transaction is undone
``choose_``    inside the transaction          the answer, or None: "next"    the transaction is undone
``check_``     inside the transaction          nothing; raise to refuse       the transaction is undone
``during_``    inside the transaction          nothing; write your own rows   the transaction is undone
``after_``     a job of yours, after commit    nothing; may be called twice   only that job is retried
=============  ==============================  =============================  ============================

Inside a transaction you get frozen values (``core.contracts``), never rows of core, and you must not touch a network:
it is refused at run time. A quote asks ``add_``, ``choose_`` and ``check_`` inside a reading(): never write there.
Plugins are asked in the merchant's order, then core itself; plugins that are off for the merchant are not asked.

One order hears them in this sequence::

    (quote)      CheckoutEntry.lines -> choose_freight -> choose_layers -> add_adjustments, once a layer
    (placed)     the same, then check_checkout -> choose_allocation -> choose_instalments
                 -> choose_deadline(pay) -> check_move -> during_order_moved      ... after_order_moved, after_event
    (paying)     check_payment -> choose_deadline(pay) -> choose_split -> PaymentChannel.start
    (paid)       the fact alone; then check_move is NOT asked, for money is a fact -> during_order_moved
                 -> add_hold_reasons -> during_order_moved(release)  ... after_payment_settled, after_order_moved
    (shipped)    check_shipment -> check_move -> during_order_moved -> choose_deadline(confirm, settle)
                 ... after_parcel_sent -> Courier.subscribe ... after_track_changed
    (refunded)   check_refund -> check_move -> during_order_moved -> add_refund_waits -> PaymentChannel.refund
                 ... after_refund_settled
    (completed)  check_move -> during_order_moved                                 ... after_order_moved
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pluggy

if TYPE_CHECKING:
    from flask import Blueprint

    from core.contracts.checkout import (
        AdjustmentDraft,
        Allocation,
        Check,
        CheckoutEntry,
        DeliveryMethod,
        EventSpec,
        InstalmentDraft,
        JobSpec,
        Never,
        Option,
        Quote,
        StockView,
    )
    from core.contracts.courier import Courier
    from core.contracts.notifier import Notifier
    from core.contracts.order import MoveView, OrderView, RefundDraft, ShipmentDraft
    from core.contracts.payment_channel import PaymentChannel
    from core.contracts.sandbox import Sandbox
    from core.contracts.tender import Tender
    from core.machine import Move

PROJECT = "merx"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# ------------------------------------------------------------------------------------------------ at start
@hookspec
def register_payment_channels() -> "Sequence[PaymentChannel]":  # type: ignore[empty-body]
    """Ways for cash to arrive. A channel is offered to buyers of merchants whose plugin and account are on."""


@hookspec
def register_tenders() -> "Sequence[Tender]":  # type: ignore[empty-body]
    """Ways to pay that you keep the accounts of: balance, cards, points. Held, captured, released, given back."""


@hookspec
def register_couriers() -> "Sequence[Courier]":  # type: ignore[empty-body]
    """Sources that follow parcels. The first in the merchant's order that knows a company follows its parcels."""


@hookspec
def register_notifiers() -> "Sequence[Notifier]":  # type: ignore[empty-body]
    """Ways to bring texts to people: e-mail, text messages, WeChat. What is said and to whom is decided elsewhere."""


@hookspec
def register_checkout_entries() -> "Sequence[CheckoutEntry]":  # type: ignore[empty-body]
    """Ways into checkout, like core's ``cart`` and ``buy_now``. All make the same order record."""


@hookspec
def register_delivery_methods() -> "Sequence[DeliveryMethod]":  # type: ignore[empty-body]
    """Ways for goods to reach the buyer, like core's ``courier`` and ``ordinary_mail``."""


@hookspec
def register_options() -> "Option":  # type: ignore[empty-body]
    """What a storefront may say under ``options.<your name>`` when it quotes or orders; unknown fields are refused."""


@hookspec
def register_moves() -> "Mapping[str, Sequence[Move]]":  # type: ignore[empty-body]
    """Rows for the tables of moves: machine name -> rows. They stand before core's; never a new state."""


@hookspec
def register_guards() -> "Mapping[str, object]":  # type: ignore[empty-body]
    """Guards that your moves name in ``only_if``: name (begins with your own) -> function(OrderView) -> bool."""


@hookspec
def register_blueprints() -> "Sequence[Blueprint]":  # type: ignore[empty-body]
    """Routes, made with ``core.shop_blueprint(name)`` and ``core.admin_blueprint(name)``: 404 while you are off."""


@hookspec
def register_jobs() -> "Sequence[JobSpec]":  # type: ignore[empty-body]
    """Jobs that you arm with ``later`` and ``soon``, or that come back by themselves (``every``, ``daily_at``)."""


@hookspec
def register_events() -> "Sequence[EventSpec]":  # type: ignore[empty-body]
    """Events that you announce: the catalogue behind the inbox, webhooks and the docs."""


@hookspec
def register_checks() -> "Sequence[Check]":  # type: ignore[empty-body]
    """Invariants over your own rows that ``merx doctor`` shall check."""


@hookspec
def register_sandboxes() -> "Sequence[Sandbox]":  # type: ignore[empty-body]
    """Stand-ins of your provider that ``merx sandbox serve`` starts: real signatures, no money, faults on demand."""


# ------------------------------------------------------------------------------------------------ checkout
@hookspec
def add_adjustments(quote: "Quote", layer: str) -> "Sequence[AdjustmentDraft]":  # type: ignore[empty-body]
    """Lower or raise the price. Asked once for each of LAYERS, in their order.

    :param quote: carries what is left of each line after the layers before.
    :param layer: answer only for your own; a layer is closed when the next begins.
    """


@hookspec
def choose_freight(quote: "Quote") -> int | None:
    """The freight in minor units, or None. The delivery method is asked first; with no answer, the flat rate.

    Layer ``freight`` of add_adjustments may lower it afterwards.
    """


@hookspec
def choose_layers(quote: "Quote") -> Sequence[str] | None:
    """Which of LAYERS may change the price of this quote, or None: "next". Core's own answer: all of them.

    What would come off by itself in another layer is left out; what the buyer asked for there (coupons, points) is
    refused.
    """


@hookspec
def check_checkout(quote: "Quote") -> None:
    """Refuse an order about to be placed (and its quote): raise ``Refused`` or ``Invalid``."""


@hookspec
def choose_allocation(quote: "Quote", stock: "Sequence[StockView]") -> "Sequence[Allocation] | None":
    """Say which warehouse sends what. Asked at placement, before stock is taken.

    :param stock: what each open warehouse could promise a moment ago; taking it may still fail.
    :returns: units for every line that is not virtual, or None. Core's own answer: one warehouse that serves the
        region and has everything, else the fewest warehouses in their order.
    """


@hookspec
def choose_instalments(quote: "Quote") -> "Sequence[InstalmentDraft] | None":
    """Cut the payable into instalments that add up to it, or None: core's own answer is one."""


@hookspec
def choose_deadline(order: "OrderView", kind: str, channel: str | None) -> "datetime | Never | None":
    """The moment (aware UTC) when *kind* happens by itself, NEVER, or None: "next".

    :param kind: ``pay`` (asked at placement and again when a payment starts), ``remind``, ``confirm``,
        ``confirm_reminder``, ``settle``, or a kind of your own.
    :param channel: the channel whose payment is about to start; None at any other time.
    """


# ------------------------------------------------------------------------------------------------ the order's life
@hookspec
def check_payment(order: "OrderView", channel: str, amount: int) -> None:
    """Refuse a payment about to start: raise ``Refused``. Never asked about money that has arrived."""


@hookspec
def choose_split(order: "OrderView", channel: str) -> bool | None:
    """Whether *channel*, which can, shall hold the money of an attempt about to be made until it is split.

    Who says so must see to it that it is split or let go, see ``core/contracts/splits.py``.
    """


@hookspec
def check_move(move: "MoveView") -> None:
    """Refuse a move about to be written: raise ``Refused``. Not asked about facts (``by`` payment or refund)."""


@hookspec
def add_hold_reasons(order: "OrderView") -> Sequence[str]:  # type: ignore[empty-body]
    """Why the order must wait in ``paid``: short words, each prefixed by your name. With none left it is released."""


@hookspec
def add_clock_stops(order: "OrderView") -> Sequence[str]:  # type: ignore[empty-body]
    """Why nothing about the order may be confirmed or settled by itself just now: short words, each prefixed by your
    name, such as a ticket that is open. An open refund is one without your saying so.

    Stop the clocks with ``pause_deadline`` when the reason begins, and call ``resume_deadline`` when it is over: they
    run on, with what was left, once nobody names a reason any more.
    """


@hookspec
def check_shipment(shipment: "ShipmentDraft") -> None:
    """Refuse a parcel about to leave: raise ``Refused``."""


@hookspec
def check_refund(refund: "RefundDraft") -> None:
    """Refuse a refund about to be decided: raise ``Refused``.

    Asked with nothing in it, too, about an order from whose node nothing is ever given back: you may know why better.
    """


@hookspec
def add_refund_waits(order: "OrderView", refund_part_id: UUID, payment_id: UUID, amount: int) -> Sequence[str]:  # type: ignore[empty-body]
    """Why a part of a refund must wait before the channel of its payment is asked: short words, each prefixed by your
    name. You may write own rows and arm jobs, and you call ``resume_refund`` once nothing is left to wait for. Core
    asks again every half hour, too.

    :param amount: minor units of the part, which are counted as promised already.
    """


@hookspec
def during_order_moved(move: "MoveView") -> None:
    """An order has moved; the transaction is still open. Write your own rows, set deadlines, announce."""


@hookspec
def during_revival(order: "OrderView") -> None:
    """An expired order is about to live again on money that came late: take back what you gave free when it closed.

    Raise ``Refused`` if you cannot have it back: then the order stays closed and the money goes back by itself.
    """


# ------------------------------------------------------------------------------------------------ after commit
@hookspec
def after_order_moved(order_id: UUID, move: str, target: str, seq: int) -> None:
    """An order has moved. *seq* is its version then; the order may have moved on since."""


@hookspec
def after_payment_settled(payment_id: UUID, order_id: UUID) -> None:
    """Money has arrived and is booked, whatever became of its order."""


@hookspec
def after_refund_settled(refund_part_id: UUID, order_id: UUID) -> None:
    """Money has gone back and is booked."""


@hookspec
def after_parcel_sent(parcel_id: UUID, order_id: UUID) -> None:
    """A parcel has left, or has another number now."""


@hookspec
def after_track_changed(parcel_id: UUID, order_id: UUID, status: str) -> None:
    """A parcel has come further, or its trail has grown. *status* as it was then."""


@hookspec
def after_event(event_id: UUID) -> None:
    """Something was announced. Hears everything; read the event by its id."""
