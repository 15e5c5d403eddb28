"""Processes of ours that must not outlive who started them."""

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
#: seconds between two looks at the parent where the kernel cannot tell us
LOOK_EVERY = 1.0


def die_with_parent(parent: int) -> None:
    """End this process, at once and whatever it does, when the process *parent*, which started it, ends.

    On Linux the kernel sees to it; elsewhere a thread looks who the parent is.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()
    if os.getppid() != parent:  # it ended before we could ask
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)
