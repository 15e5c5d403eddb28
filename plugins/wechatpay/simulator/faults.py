"""What goes wrong on demand: a table of faults, and the queue of those that the next calls will meet."""

from collections import deque
from dataclasses import dataclass

#: what can be spoilt; ``notice`` is the way out, the others are calls
VERBS = (
    "prepay",
    "query",
    "close",
    "refund",
    "refund_query",
    "abnormal_refund",
    "certificates",
    "echo",
    "bill",
    "split_bill",
    "bill_file",
    "receiver_add",
    "split",
    "split_query",
    "unfreeze",
    "split_return",
    "split_return_query",
    "notice",
)


@dataclass(frozen=True)
class Fault:
    """One way to go wrong.

    :param before: the call has no effect; otherwise it has, and only its answer suffers.
    :param status: an error is answered instead. :param distortion: the signature is spoilt in this way.
    :param cut: the connection ends without an answer. :param waits: it takes its seconds first.
    :param slow: the answer drips. :param pays: the buyer pays at that moment; ``before`` says on which side of it.
    """

    before: bool = False
    status: int = 0
    code: str = ""
    distortion: str = ""
    cut: bool = False
    waits: bool = False
    slow: bool = False
    pays: bool = False


#: how a signature is spoilt; for answers and for notices alike
DISTORTIONS = ("bad_signature", "signtest", "unsigned", "stale", "unknown_serial", "bad_serial")
FAULTS = {
    "error_before": Fault(before=True, status=500, code="SYSTEM_ERROR"),
    "error_after": Fault(status=500, code="SYSTEM_ERROR"),
    "unavailable_before": Fault(before=True, status=503, code="SERVICE_UNAVAILABLE"),
    "throttled": Fault(before=True, status=429, code="FREQUENCY_LIMITED"),
    "timeout_before": Fault(before=True, cut=True, waits=True),
    "timeout_after": Fault(cut=True, waits=True),
    "cut_before": Fault(before=True, cut=True),
    "cut_after": Fault(cut=True),
    "slow": Fault(slow=True),
    "paid_before": Fault(before=True, pays=True),
    "paid_after": Fault(pays=True),
    **{name: Fault(distortion=name) for name in DISTORTIONS},
}
NOTHING = Fault()


@dataclass(frozen=True)
class Planned:
    """A fault that a call meets now, and how many seconds it takes where it takes time."""

    fault: Fault = NOTHING
    seconds: float = 0.0


class Faults:
    """Which faults the next calls meet, verb by verb, in the order they were asked for."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[Planned]] = {verb: deque() for verb in VERBS}

    def plan(self, verb: str, kind: str, count: int, seconds: float) -> None:
        """The next *count* calls of *verb* go wrong like *kind*, after those that are planned already.

        :raises ValueError: there is no such verb, or no such kind for it.
        """
        if verb not in VERBS:
            raise ValueError(f"there is no verb {verb!r}; there are {', '.join(VERBS)}")
        kinds = DISTORTIONS if verb == "notice" else tuple(FAULTS)
        if kind not in kinds:
            raise ValueError(f"there is no fault {kind!r} of {verb}; there are {', '.join(kinds)}")
        self._planned[verb].extend([Planned(FAULTS[kind], seconds)] * count)

    def meet(self, verb: str) -> Planned:
        """The next one of *verb*, which is used up by this; mostly nothing."""
        queue = self._planned[verb]
        return queue.popleft() if queue else Planned()

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        for queue in self._planned.values():
            queue.clear()

    def left(self) -> dict[str, int]:
        """How many are planned, by verb."""
        return {verb: len(queue) for verb, queue in self._planned.items() if queue}
