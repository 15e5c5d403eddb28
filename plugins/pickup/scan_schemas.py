"""Verifying on the wire: what a device sends and sees; and the sums of what was fetched."""

from core import fields
from plugins.pickup.schemas import PREPARATIONS, Day, PickupUnitsIn


# ---------------------------------------------------------------------------------------------- verifying
class PickupPreviewIn(fields.In):
    """What the buyer shows: the code, or what stands in the QR."""

    code = fields.Text(200, required=True)


class PickupCommitIn(PickupPreviewIn):
    """Hand over what the preview showed: everything that is left, or these units."""

    version = fields.Count(required=True, metadata={"description": "as the preview told"})
    nonce = fields.Text(
        100, min=8, required=True, metadata={"description": "drawn by the device; sent again, it gets the same answer"}
    )
    lines = fields.ListOf(PickupUnitsIn, min=1)
    device = fields.Text(100)


class PickupLineOut(fields.Out):
    """One line of what is to be fetched."""

    line_id = fields.Identifier(attribute="line.id")
    sku = fields.Text(attribute="line.sku")
    title = fields.Text(400, attribute="line.title")
    quantity = fields.Count(attribute="line.quantity")
    redeemed = fields.Count(attribute="line.redeemed")
    refunded = fields.Count(attribute="line.refunded")
    refunding = fields.Count(attribute="line.refunding")
    left = fields.Count(metadata={"description": "units that may be handed over now"})


class PickupBuyerOut(fields.Out):
    """Who should be standing there."""

    name = fields.Text(allow_none=True)
    phone_ends = fields.Text(allow_none=True)


class PickupRefusedOut(fields.Out):
    """Why nothing can be handed over now."""

    code = fields.Text()
    message = fields.Text(500)


class PickupPreviewOut(fields.Out):
    """What a code stands for."""

    number = fields.Text(attribute="order.number")
    state = fields.Text(attribute="order.state")
    refund = fields.Choice("none", "applying", "part", "all", attribute="order.refund_axis")
    store = fields.Code(attribute="store.code")
    slot_at = fields.Moment(attribute="pickup.slot_at", allow_none=True)
    preparation = fields.Choice(*PREPARATIONS, attribute="pickup.preparation")
    valid_until = fields.Moment(attribute="pickup.valid_until", allow_none=True)
    buyer = fields.Part(PickupBuyerOut)
    lines = fields.ListOf(PickupLineOut)
    refused = fields.Part(PickupRefusedOut, allow_none=True)
    version = fields.Count()


class PickupFetchedOut(fields.Out):
    """Units of one line that were handed over."""

    line_id = fields.Identifier()
    sku = fields.Text()
    title = fields.Text(400)
    quantity = fields.Count()


class PickupRedemptionOut(fields.Out):
    """Units handed over at one moment."""

    id = fields.Identifier(attribute="row.id")
    number = fields.Text()
    store = fields.Code()
    verifier = fields.Text(attribute="row.verifier_name")
    device = fields.Text(attribute="row.device", allow_none=True)
    lines = fields.ListOf(PickupFetchedOut)
    amount = fields.Money(attribute="row.amount")
    left = fields.Count(attribute="row.left", metadata={"description": "units still to be fetched then"})
    at = fields.Moment(attribute="row.at")


class PickupRedemptionsIn(fields.QueryIn):
    """Which redemptions."""

    store = fields.Code()
    number = fields.Text(40)
    first_day = Day()
    last_day = Day()


# ---------------------------------------------------------------------------------------------- sums
class PickupSumsIn(fields.QueryIn):
    """Which days and store: today, and all of them, if nothing is said."""

    store = fields.Code()
    first_day = Day()
    last_day = Day()


class PickupTotalOut(fields.Out):
    """What was fetched."""

    redemptions = fields.Count()
    units = fields.Count()
    amount = fields.Money()


class PickupSumOut(PickupTotalOut):
    """What was fetched at one store on one day."""

    day = fields.Text()
    store = fields.Code()


class PickupSumsOut(fields.Out):
    """What was fetched, per day and store, and for the head office."""

    first_day = fields.Text()
    last_day = fields.Text()
    currency = fields.Text(3)
    stores = fields.ListOf(PickupSumOut)
    total = fields.Part(PickupTotalOut)
