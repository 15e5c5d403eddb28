"""What goes wrong on demand: a table of faults, and the queue of those that the next calls will meet."""

from collections import deque
from dataclasses import dataclass

#: what can be spoilt; ``notice`` is the way out, the others are calls
VERBS = ("precreate", "query", "close", "cancel", "refund", "refund_query", "bill_url", "bill", "notice")


@dataclass(frozen=True)
class Fault:
    """One way to go wrong.

    :param before: the call has no effect; otherwise it has, and only its answer suffers.
    :param http: this status is answered instead. :param code: this error is, with *sub_code*.
    :param distortion: the answer or its signature is spoilt in this way.
    :param cut: the connection ends without an answer. :param waits: it takes its seconds first.
    :param slow: the answer drips. :param pays: the buyer pays at that moment; ``before`` says on which side of it.
    """

    before: bool = False
    http: int = 0
    code: str = ""
    sub_code: str = ""
    distortion: str = ""
    cut: bool = False
    waits: bool = False
    slow: bool = False
    pays: bool = False


#: how answers are spoilt; ``brace`` and ``spaced`` are genuine, and a trap for careless readers
DISTORTIONS = ("bad_signature", "sha1", "unsigned", "wrong_key", "altered", "duplicate", "html", "brace", "spaced")
#: how notices are spoilt; ``lost`` is never sent
NOTICE_DISTORTIONS = ("bad_signature", "sha1", "unsigned", "wrong_key", "altered", "extra", "lost")
#: what may be wrong with the file of a bill
BILL_FAULTS = ("unavailable_before", "torn", "expired", "cut_before", "slow")
FAULTS = {
    "error_before": Fault(before=True, code="20000", sub_code="isp.unknow-error"),
    "error_after": Fault(code="20000", sub_code="isp.unknow-error"),
    "system_error_after": Fault(code="40004", sub_code="ACQ.SYSTEM_ERROR"),
    "sandbox_error_after": Fault(code="20000", sub_code="aop.ACQ.SYSTEM_ERROR"),
    "unavailable_before": Fault(before=True, http=502),
    "unavailable_after": Fault(http=502),
    "throttled": Fault(before=True, code="40005", sub_code="isv.app-call-limited"),
    "timeout_before": Fault(before=True, cut=True, waits=True),
    "timeout_after": Fault(cut=True, waits=True),
    "cut_before": Fault(before=True, cut=True),
    "cut_after": Fault(cut=True),
    "slow": Fault(slow=True),
    "paid_before": Fault(before=True, pays=True),
    "paid_after": Fault(pays=True),
    "torn": Fault(distortion="torn"),
    "expired": Fault(distortion="expired"),
    **{name: Fault(distortion=name) for name in DISTORTIONS},
    **{name: Fault(distortion=name) for name in ("extra", "lost")},
}


@dataclass(frozen=True)
class Planned:
    """A fault that a call meets now, and how many seconds it takes where it takes time."""

    fault: Fault = Fault()
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
        kinds = [name for name in FAULTS if name not in ("extra", "lost", "torn", "expired")]
        kinds = {"notice": list(NOTICE_DISTORTIONS), "bill": list(BILL_FAULTS)}.get(verb, kinds)
        if kind not in kinds:
            raise ValueError(f"there is no fault {kind!r} of {verb}; there are {', '.join(kinds)}")
        self._planned[verb].extend([Planned(FAULTS[kind], seconds)] * count)

    def meet(self, verb: str) -> Planned:
        """The next one of *verb*, which is used up by this; mostly nothing."""
        queue = self._planned.get(verb)
        return queue.popleft() if queue else Planned()

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        for queue in self._planned.values():
            queue.clear()

    def left(self) -> dict[str, int]:
        """How many are planned, by verb."""
        return {verb: len(queue) for verb, queue in self._planned.items() if queue}
