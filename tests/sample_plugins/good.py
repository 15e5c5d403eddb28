"""A plugin that uses every hook once, in a small useful way: what core promises to plugins is tried with it."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import (
    NEVER,
    AccountView,
    AdjustmentDraft,
    Allocation,
    Check,
    CheckoutEntry,
    DeliveryMethod,
    EntryLine,
    EntryRequest,
    Event,
    EventSpec,
    InstalmentDraft,
    JobSpec,
    Move,
    MoveView,
    Never,
    Option,
    Order,
    OrderView,
    Plugin,
    Quote,
    RefundDraft,
    Refused,
    ShipmentDraft,
    StockView,
    announce,
    current_merchant,
    db,
    fields,
    flush,
    get,
    hookimpl,
    lock_order,
    set_deadline,
    settings_of,
    transaction,
)
from tests.sample_plugins import good_routes


class Settings(fields.In):
    """How good it is at this merchant's."""

    member_percent = fields.Count(
        min=0, max=100, load_default=10, metadata={"title_zh": "会员折扣", "title_en": "Member discount, %"}
    )
    greeting = fields.Text(40, metadata={"title_zh": "问候语", "title_en": "Greeting"})
    token = fields.Text(100, required=True, metadata={"title_zh": "令牌", "title_en": "Token"})


class Options(fields.In):
    """What a storefront may say under `options.good`."""

    member = fields.Flag(load_default=False)
    halves = fields.Flag(load_default=False)
    freight = fields.Money()
    warehouse = fields.Code()
    hold = fields.Flag(load_default=False)
    pay_minutes = fields.Count(min=1, max=10_000)
    wake_minutes = fields.Count(min=1, max=10_000)
    refuse = fields.Choice("checkout", "payment", "shipment", "refund")
    refuse_move = fields.Text(40)


def check_settings(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """A token that says it is wrong is wrong."""
    return ["The token is not accepted."] if settings["token"] == "wrong" else []


PLUGIN = Plugin(
    name="good",
    title={"en": "Good", "zh": "好插件"},
    api=">=1,<2",
    settings=Settings,
    secret=("token",),
    check=check_settings,
    permissions={"good.look": "look at what the good plugin has"},
)


def said(thing: Quote | OrderView, name: str) -> Any:
    """What the storefront said under `options.good`."""
    return thing.options.get("good", {}).get(name)


# ------------------------------------------------------------------------------------------------ at start
@dataclasses.dataclass
class Gift:
    """Buys what is asked for, like `buy_now`."""

    name: str = "good_gift"
    kind: str = "normal"

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        return request.lines

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        return None


@dataclasses.dataclass
class Drone:
    """Flies it to the receiver, always for the same price."""

    name: str = "good_drone"
    title: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"en": "Drone", "zh": "无人机"})
    needs: str = "receiver"
    confirm_days: int = 1

    def check(self, quote: Quote) -> None:
        if sum(line.weight_grams * line.quantity for line in quote.lines) > 5000:
            raise Refused("A drone carries 5 kg at most.", code="too_heavy")

    def freight(self, quote: Quote) -> int | None:
        return 990


@hookimpl
def register_checkout_entries() -> Sequence[CheckoutEntry]:
    return [Gift()]


@hookimpl
def register_delivery_methods() -> Sequence[DeliveryMethod]:
    return [Drone()]


@hookimpl
def register_options() -> Option:
    return Option(Options)


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    return {
        "order": [
            Move("good_stamp", "staff", "paid", "paid", ("good_wants_stamp",), "somebody looked at it"),
            Move("good_wake", "clock:good.wake", "pending_payment", "pending_payment", (), "the buyer asked for it"),
        ]
    }


@hookimpl
def register_guards() -> Mapping[str, object]:
    return {"good_wants_stamp": wants_stamp}


def wants_stamp(order: OrderView) -> bool:
    """the buyer asked for a second look"""
    return bool(said(order, "hold"))


@hookimpl
def register_blueprints() -> Sequence[Any]:
    return [good_routes.shop, good_routes.admin]


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    return [JobSpec("tick", tick, daily_at="03:00"), JobSpec("once", once)]


def tick() -> None:
    """Say every night that it is alive."""
    with transaction():
        announce("good.ticked", None)


def once(order_id: UUID) -> None:
    """Say that it was called."""
    _tell(order_id, "once")


@hookimpl
def register_events() -> Sequence[EventSpec]:
    return [
        EventSpec("good.ticked", "a night went by"),
        EventSpec("good.stamped", "somebody looked at the order"),
        EventSpec("good.heard", "it heard of something", {"what": "of what"}, ("merchant",), {"en": "Heard: {what}"}),
    ]


@hookimpl
def register_checks() -> Sequence[Check]:
    return [Check("good_order", lambda: [], "There is nothing to mend.")]


# ------------------------------------------------------------------------------------------------ checkout
@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    if layer != "member" or not said(quote, "member"):
        return []
    percent = settings_of("good")["member_percent"]
    return [AdjustmentDraft("Member price", -(quote.goods_left * percent // 100), ref="good")]


@hookimpl
def choose_freight(quote: Quote) -> int | None:
    answer: int | None = said(quote, "freight")
    return answer


@hookimpl
def check_checkout(quote: Quote) -> None:
    _refuse_if(said(quote, "refuse") == "checkout")


@hookimpl
def choose_allocation(quote: Quote, stock: Sequence[StockView]) -> Sequence[Allocation] | None:
    here = {view.variant_id: view for view in stock if view.warehouse_code == said(quote, "warehouse")}
    lines = [line for line in quote.lines if not line.virtual]
    if any(line.variant_id not in here for line in lines):
        return None
    return [Allocation(line.position, here[line.variant_id].warehouse_id, line.quantity) for line in lines]


@hookimpl
def choose_instalments(quote: Quote) -> Sequence[InstalmentDraft] | None:
    if not said(quote, "halves") or quote.payable < 2:
        return None
    first = quote.payable // 2
    return [InstalmentDraft(first, refundable="merchant_fault"), InstalmentDraft(quote.payable - first)]


@hookimpl
def choose_deadline(order: OrderView, kind: str) -> datetime | Never | None:
    if kind == "good.wake":
        return NEVER
    minutes = said(order, "pay_minutes")
    return order.placed_at + timedelta(minutes=minutes) if kind == "pay" and minutes else None


# ------------------------------------------------------------------------------------------------ the order's life
@hookimpl
def check_payment(order: OrderView) -> None:
    _refuse_if(said(order, "refuse") == "payment")


@hookimpl
def check_move(move: MoveView) -> None:
    _refuse_if(said(move.order, "refuse_move") == move.move)


@hookimpl
def add_hold_reasons(order: OrderView) -> Sequence[str]:
    if not said(order, "hold"):
        return []
    flush()  # the stamp may be a row of this very transaction
    stamped = select(Event.id).where(
        Event.merchant_id == order.merchant_id, Event.about_id == order.id, Event.name == "good.stamped"
    )
    return [] if db.session().scalar(stamped) else ["good.look"]


@hookimpl
def check_shipment(shipment: ShipmentDraft) -> None:
    _refuse_if(said(shipment.order, "refuse") == "shipment")


@hookimpl
def check_refund(refund: RefundDraft) -> None:
    _refuse_if(said(refund.order, "refuse") == "refund")


@hookimpl
def during_order_moved(move: MoveView) -> None:
    minutes = said(move.order, "wake_minutes")
    if move.move not in ("place", "good_stamp"):
        return
    flush()  # a new order becomes a row that can be found
    order = get(Order, move.order.merchant_id, move.order.id)
    if move.move == "good_stamp":
        announce("good.stamped", order)
    elif minutes:
        set_deadline(order, "good.wake", move.at + timedelta(minutes=minutes))


# ------------------------------------------------------------------------------------------------ after commit
@hookimpl
def after_order_moved(order_id: UUID, move: str) -> None:
    _tell(order_id, f"move {move}")


@hookimpl
def after_payment_settled(payment_id: UUID, order_id: UUID) -> None:
    _tell(order_id, "payment")


@hookimpl
def after_refund_settled(order_id: UUID) -> None:
    _tell(order_id, "refund")


@hookimpl
def after_event(event_id: UUID) -> None:
    with transaction():
        event = get(Event, current_merchant().id, event_id)
        if event.name.startswith("good.") or event.about_id is None:
            return
        announce("good.heard", lock_order(event.about_id), what=event.name)


def _tell(order_id: UUID, what: str) -> None:
    with transaction():
        announce("good.heard", lock_order(order_id), what=what)


def _refuse_if(wanted: bool) -> None:
    if wanted:
        raise Refused("The good plugin was asked to refuse this.", code="good_refuses")
