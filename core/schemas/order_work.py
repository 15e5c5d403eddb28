"""The wire shapes of what people do to orders."""

from marshmallow import validates_schema

from core.reasons import BUYER_REASONS, CLOSE_REASONS, REFUND_REASONS
from core.schemas.checkout import ReceiverIn
from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Flag,
    Identifier,
    In,
    JsonObject,
    ListOf,
    Money,
    Out,
    QueryIn,
    Text,
    refuse,
)


class CancelIn(In):
    """The buyer cancels, and says why."""

    reason = Choice(*BUYER_REASONS, required=True)
    note = Text(500, load_default=None, allow_none=True)
    forfeit = Flag(
        load_default=False,
        metadata={"description": "a paid deposit, or what else is kept of paid instalments, is given up"},
    )


class CloseIn(In):
    """Staff close an unpaid order."""

    reason = Choice(*CLOSE_REASONS, required=True)
    remark = Text(500, load_default=None, allow_none=True)


class RepriceIn(In):
    """A price changed by hand; signed minor units."""

    goods_delta = Money(min=-(10**12), load_default=0)
    freight_delta = Money(min=-(10**12), load_default=0)
    remark = Text(500, required=True)

    @validates_schema
    def something_changes(self, data: dict[str, int], **_: object) -> None:
        """A change of nothing is a mistake."""
        if not data.get("goods_delta") and not data.get("freight_delta"):
            raise refuse("Say how much: goods_delta, freight_delta, or both, not 0.", "nothing_changes")


class EditReceiverIn(ReceiverIn):
    """The receiver, corrected."""

    remark = Text(500, load_default=None, allow_none=True)


class RemarkIn(In):
    """Perhaps a word about why."""

    remark = Text(500, load_default=None, allow_none=True)


class HoldIn(In):
    """Why staff keep the order back."""

    reason = Text(200, required=True)


class ExtendIn(In):
    """More time to receive: the merchant's days unless said otherwise."""

    days = Count(min=1, max=90, load_default=None, allow_none=True)


class RejectIn(In):
    """The merchant cannot supply a paid order."""

    reason = Choice(*REFUND_REASONS, load_default="rejected")
    note = Text(500, required=True)


class TenderIn(In):
    """One way to pay, and what it needs to know. `amount` is for tenders: without it, as much as there is."""

    channel = Code(required=True)
    product = Code(load_default=None, allow_none=True)
    amount = Money(min=1, load_default=None, allow_none=True)
    input = JsonObject(load_default=dict)


class PaymentIn(In):
    """How the buyer pays what is due: any tenders, and one channel for the rest."""

    tenders = ListOf(TenderIn, min=1, max=8, required=True)


class ConfirmOfflineIn(In):
    """Money that staff saw on the merchant's own account."""

    channel = Code(load_default="bank_transfer")
    amount = Money(min=1, required=True)
    reference = Text(100, required=True)
    note = Text(500, required=True)
    out_trade_no = Text(40, load_default=None, allow_none=True)


class ShipLineIn(In):
    """Units of one order line."""

    line_id = Identifier(required=True)
    quantity = Count(min=1, max=9_999, required=True)


class ShipIn(In):
    """A parcel: everything that is left, or the lines named. With no carrier it is handed over in person."""

    shipment_id = Identifier(load_default=None, allow_none=True)
    lines = ListOf(ShipLineIn, load_default=None, allow_none=True)
    carrier = Code(load_default=None, allow_none=True)
    tracking_no = Code(max=60, load_default=None, allow_none=True)
    remark = Text(500, load_default=None, allow_none=True)

    @validates_schema
    def number_goes_with_carrier(self, data: dict[str, object], **_: object) -> None:
        """A courier gives a number, and a number needs a courier."""
        if bool(data.get("carrier")) != bool(data.get("tracking_no")):
            raise refuse("carrier and tracking_no go together; leave out both to hand it over in person.", "together")


class TrackingIn(In):
    """A parcel's right number."""

    carrier = Code(required=True)
    tracking_no = Code(max=60, required=True)
    reason = Text(500, required=True)


class RefundLineIn(In):
    """Units of one line, and how much money; without an amount, their fair share."""

    line_id = Identifier(required=True)
    quantity = Count(min=0, max=9_999, load_default=0)
    amount = Money(load_default=None, allow_none=True)


class RefundIn(In):
    """Give money back: everything that is left, or the lines named, and perhaps freight."""

    reason = Choice(*REFUND_REASONS, required=True)
    note = Text(500, load_default=None, allow_none=True)
    lines = ListOf(RefundLineIn, load_default=None, allow_none=True)
    freight = Money(load_default=None, allow_none=True)
    #: `origin`, or the tender that cash is paid into instead
    destination = Code(load_default="origin")


class RedirectIn(In):
    """Where the money goes instead: a tender of the buyer's."""

    destination = Code(required=True)


class RefundDoneIn(In):
    """The transfer back was made by hand; the proof of it."""

    reference = Text(100, required=True)
    note = Text(500, required=True)
    file_id = Identifier(load_default=None, allow_none=True)


class ReceivedOffline(Out):
    """Whether the money is booked, or waits for a second pair of eyes."""

    booked = Flag()


class PaymentsQuery(QueryIn):
    """Filters of the payments' list."""

    state = Choice("created", "open", "unsure", "closing", "settled", "failed", "closed")
    channel = Code()
    out_trade_no = Text(40)


class RefundsQuery(QueryIn):
    """Filters of the refunds' list."""

    status = Choice("open", "done", "withdrawn")
    number = Text(40)


class ShipmentsQuery(QueryIn):
    """Filters of the shipments' list."""

    state = Choice("waiting", "part_shipped", "shipped", "received", "cancelled")
    number = Text(44)
