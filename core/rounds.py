"""The two loops that never end: the embedded worker, and the dispatcher that feeds rq."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask

from core import arming, carrier, queue

log = logging.getLogger("merx.jobs")

#: seconds between two looks into the job table
POLL = 0.2
#: seconds between two sweeps that arm periodic jobs
SWEEP = 60.0
#: seconds after which even merchants that did not change are swept
SWEEP_ALL = 3600.0
#: seconds to wait when the database or Redis does not answer
TROUBLE = 2.0
#: jobs that the embedded worker runs before it looks at its signals and its sweep again
ROUND = 100


class Stop:
    """SIGTERM or SIGINT: end after the job in hand; the second one is the system's own again."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def listen(self) -> "Stop":
        """Catch the signals, in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)
        return self

    def ask(self) -> None:
        """Stop soon."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether to stop."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Sleep, unless asked to stop."""
        self._asked.wait(seconds)

    def _hear(self, number: int, _: FrameType | None) -> None:
        self.ask()
        signal.signal(number, signal.SIG_DFL)


def work_embedded(app: Flask, stop: Stop, beat: Callable[[float], None]) -> None:
    """Run due jobs until *stop*.

    :param beat: told again and again for how many seconds nothing may be heard.
    """

    def go_on(seconds: float) -> bool:
        beat(seconds)
        return not stop.asked

    _go_round(app, stop, lambda: queue.run_due(ROUND, go_on), beat)


def dispatch(app: Flask, stop: Stop) -> None:
    """Claim due jobs and give them to rq until *stop*; any number may do this side by side."""
    sender = carrier.Carrier(app.config["REDIS_URL"])
    _go_round(app, stop, lambda: carrier.dispatch(sender), lambda _: None)


def _go_round(app: Flask, stop: Stop, step: Callable[[], int], beat: Callable[[float], None]) -> None:
    known: dict[int, int] = {}
    sweep_at = forget_at = 0.0
    while not stop.asked:
        beat(SWEEP)
        busy = 0
        try:
            with app.app_context():
                if time.monotonic() >= forget_at:
                    known.clear()
                    forget_at = time.monotonic() + SWEEP_ALL
                if time.monotonic() >= sweep_at:
                    arming.arm_periodic(known)
                    sweep_at = time.monotonic() + SWEEP
                busy = step()
        except carrier.Unreachable as trouble:
            log.warning("Redis does not answer, trying again: %s", trouble)
            stop.wait(TROUBLE)
        except Exception:
            log.exception("the round failed, trying again")
            stop.wait(TROUBLE)
        if not busy:
            stop.wait(POLL)
