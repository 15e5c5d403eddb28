"""A limit on how long a piece of work may take: the main thread's alarm, raised where the work stands."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType


class Overran(BaseException):
    """The work took longer than it may. No Exception, so that no ``except Exception`` of the work can keep it."""


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise :class:`Overran` inside the block after *seconds* of real time.

    Alarms nest: one that was running before goes on afterwards. Only a main thread can be interrupted; in any other
    the block runs without a limit, and its process is watched from outside.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise Overran(f"it took longer than {seconds:g} s")

    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    left, again = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            # one that should have rung meanwhile rings at once; 0 would switch it off
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001), again)
