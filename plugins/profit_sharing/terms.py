"""Words and numbers of profit sharing that several files need."""

from datetime import timedelta
from typing import Literal

NAME = "profit_sharing"
Kind = Literal["merchant", "person"]
KINDS = ("merchant", "person")
#: where a share is: held at the channel; about to be asked for; asked and not known; under way; refused and tried
#: again; ended; ended with nothing to split or let go
OPEN = ("frozen", "sending", "unsure", "pending", "failed")
STATUSES = (*OPEN, "done", "gone")
#: between asking and knowing: money may be moving
UNDER_WAY = ("sending", "unsure", "pending")
RETURN_STATUSES = ("planned", "sending", "unsure", "pending", "failed", "done")
#: channels split no earlier than this after the payment
SOONEST = timedelta(minutes=1, seconds=5)
#: channels let go of what was not split after 30 days by themselves: we do it before
LATEST = timedelta(days=28)
#: seconds from one look to the next, and from one refusal to the next try
PAUSES = (60, 300, 600, 1200, 1800, 3600, *(6 * 3600,) * 20)
#: receivers that one payment can have
MOST_RECEIVERS = 50


def pause(step: int) -> timedelta:
    """How long to wait before look or try number *step*."""
    return timedelta(seconds=PAUSES[min(step, len(PAUSES) - 1)])
