"""A child process that is kept: restarted when it dies, killed when it is silent for longer than it said."""

import contextlib
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping

log = logging.getLogger("merx.serve")

#: seconds a child has to say its first word
START = 60.0
#: seconds beyond what the child promised
GRACE = 5.0
#: seconds between two starts, so that one that cannot live does not burn a core
PAUSE = 2.0
#: seconds it has to end when asked
FAREWELL = 10.0
LOOK_EVERY = 0.2


class Beat:
    """The child's side: says for how many seconds nothing may be heard of it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._until = 0.0

    def __call__(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        if abs(until - self._until) < GRACE:
            return
        self._until = until
        try:
            os.write(self._descriptor, f"{seconds}\n".encode())
        except OSError:
            os._exit(1)  # nobody listens: the parent is gone


class KeptChild:
    """The parent's side: one child, in a session of its own so that Ctrl-C reaches it through us.

    :param command: makes the command line, given the descriptor on which the child is to beat.
    """

    def __init__(self, command: Callable[[int], list[str]], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, dict(environment)
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="kept-child", daemon=True)

    def start(self) -> None:
        """Start the child, and keep it from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._ending.set()
        self._thread.join()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _keep(self) -> None:
        while not self._ending.is_set():
            read_end, write_end = os.pipe()
            os.set_blocking(read_end, False)
            self._process = subprocess.Popen(
                self._command(write_end), env=self._environment, pass_fds=[write_end],
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            os.close(write_end)
            self._watch(self._process, read_end)
            os.close(read_end)
            if not self._ending.is_set():
                log.error("the embedded worker ended (%s); it is started again", self._process.returncode)
                self._ending.wait(PAUSE)

    def _watch(self, process: "subprocess.Popen[bytes]", heard: int) -> None:
        until = time.monotonic() + START
        while process.poll() is None and not self._ending.is_set():
            said = b""
            with contextlib.suppress(BlockingIOError):
                said = os.read(heard, 4096)
            if lines := said.split():
                until = time.monotonic() + float(lines[-1]) + GRACE
            if time.monotonic() > until:
                log.error("the embedded worker hangs; it is killed")
                process.kill()
                process.wait()
                return
            self._ending.wait(LOOK_EVERY)
