"""A worker of flesh and blood: ``python -m tests.stories.bulk_orders.mortal <database> <var> <row> <when> <now>``.

It runs what is due, as the embedded worker does, and kills itself with -9 at one row of a batch: in the middle of the
row's transaction (*when* is ``before``), or right after it was committed (``after``).
"""

import os
import signal
import sys
from datetime import datetime
from itertools import count
from typing import Any

from app import create_app
from core import clock, queue
from plugins.bulk_orders import doing, jobs
from tests.conftest import configuration


def main(database: str, var: str, row: int, when: str, moment: str) -> None:
    """Work until that row."""
    turns, take, do = count(1), doing.take, jobs._do

    def take_and_die(part: Any) -> None:
        take(part)
        if when == "before" and next(turns) == row:
            os.kill(os.getpid(), signal.SIGKILL)

    def do_and_die(part: Any) -> None:
        do(part)
        if when == "after" and next(turns) == row:
            os.kill(os.getpid(), signal.SIGKILL)

    doing.take, jobs._do = take_and_die, do_and_die
    clock.freeze(datetime.fromisoformat(moment))
    with create_app(configuration(database, var)).app_context():
        queue.run_due()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
