"""The wire shapes of what people and partners tell."""

from core import REASONS, STATUSES, fields

#: parcels in one call, and points of one trail
MOST_PARCELS, MOST_POINTS = 10, 200


class PointIn(fields.In):
    """One point of a trail."""

    at = fields.Moment(required=True)
    text = fields.Text(500, required=True)
    status = fields.Choice(*STATUSES, load_default=None, allow_none=True)
    place = fields.Text(100, load_default=None, allow_none=True)


class UpdateIn(fields.In):
    """How far one parcel is, with some points of its trail or all."""

    carrier = fields.Code(required=True)
    tracking_no = fields.Code(max=60, required=True)
    status = fields.Choice(*STATUSES, required=True)
    reason = fields.Choice(*REASONS, load_default=None, allow_none=True)
    points = fields.ListOf(PointIn, max=MOST_POINTS, load_default=list)


class UpdatesIn(fields.In):
    """News of several parcels."""

    updates = fields.ListOf(UpdateIn, min=1, max=MOST_PARCELS, required=True)


class ResultOut(fields.Out):
    """What became of one: `news`, `known` (nothing has changed), or `stranger` (no parcel of this shop)."""

    carrier = fields.Text()
    tracking_no = fields.Text()
    result = fields.Choice("news", "known", "stranger")


class ResultsOut(fields.Out):
    """What became of each, in the order they came."""

    results = fields.ListOf(ResultOut)
