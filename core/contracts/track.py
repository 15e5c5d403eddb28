"""What is told of a parcel's way: its status, its points, and why something is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

#: status of a track -> how far it is; of two that are told of the same moment, the further one counts
STATUSES: Mapping[str, int] = {
    "none": 0,
    "collected": 1,
    "on_the_way": 2,
    "customs": 2,
    "delivering": 3,
    "to_collect": 4,
    "exception": 5,
    "lost": 6,
    "returning": 7,
    "signed": 8,
    "returned": 9,
    "cancelled": 9,
}
#: from these only these may follow, however late they are told; from any other, any
ONLY_THEN: Mapping[str, frozenset[str]] = {
    "returning": frozenset({"returned", "signed", "lost", "cancelled"}),
    "signed": frozenset({"returning", "returned"}),
    "returned": frozenset(),
    "cancelled": frozenset({"signed", "returned"}),
}
#: nobody asks after these any more
FINAL = frozenset({"signed", "returned", "cancelled"})
#: the buyer and customer service are told
TROUBLE = frozenset({"exception", "lost", "returning", "returned", "cancelled"})
#: why something is wrong -> (English, Chinese)
REASONS: Mapping[str, tuple[str, str]] = {
    "no_news": ("nothing was heard of it for long", "物流长时间未更新"),
    "not_signed": ("it was not signed for in time", "超时未签收"),
    "refused": ("it was refused", "收件人拒收"),
    "failed": ("the delivery failed", "派件异常"),
    "overdue": ("it waits to be collected for too long", "快件超时未取"),
    "intercepted": ("it was stopped on its way", "快件被拦截"),
    "damaged": ("it is damaged", "快件破损"),
    "cancelled": ("it was cancelled", "快件已取消"),
    "unreachable": ("the receiver cannot be reached", "无法联系收件人"),
    "bad_address": ("the address or telephone number is wrong", "收件地址或电话有误"),
    "out_of_area": ("the courier does not go there", "超出派送范围"),
    "delayed": ("it is late", "快件延误"),
    "customs": ("customs keep it", "清关异常"),
    "unclaimed": ("nobody collected it", "快件无人领取"),
    "lost": ("it is lost", "快件丢失"),
    "returning": ("it is on its way back", "快件退回中"),
    "returned": ("it is back with the sender", "快件已退回"),
    "other": ("something is wrong with it", "快件异常"),
}


@dataclass(frozen=True)
class TrackPoint:
    """One line of a trail.

    :param text: the courier's own words, at most 500 characters. :param status: of STATUSES, if this point says one.
    """

    at: datetime
    text: str
    status: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class TrackUpdate:
    """Fact: how far a parcel is. The points may be all there are or some of them: they are merged.

    :param carrier: code of the courier company, as the source's ``carriers`` write it. :param status: of STATUSES.
    :param reason: of REASONS: why it is in trouble, or late although it goes on; None = all is well.
    """

    carrier: str
    tracking_no: str
    status: str
    points: tuple[TrackPoint, ...] = ()
    reason: str | None = None

    @property
    def latest(self) -> datetime | None:
        """The moment of the newest point."""
        return max((point.at for point in self.points), default=None)


def moves_on(before: str, before_at: datetime | None, after: str, after_at: datetime | None) -> bool:
    """Whether a track goes on from *before* to *after*, or is told of what is over.

    Each with the moment of the newest point that was known then: old news changes nothing, nor does news of the same
    moment that is less far.
    """
    if before == after or (before in ONLY_THEN and after not in ONLY_THEN[before]):
        return False
    if before_at is None or after_at is None or before_at == after_at:
        return STATUSES[after] > STATUSES[before]
    return after_at > before_at and after != "none"
