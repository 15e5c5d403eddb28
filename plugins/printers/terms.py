"""The words of printers: documents, nodes, targets, what becomes of a print, and how long it is tried."""

from datetime import timedelta
from typing import Final

NAME: Final = "printers"
DOCUMENTS: Final = ("receipt", "pick_list")
NODES: Final = ("paid", "awaiting_shipment", "shipped")
TARGETS: Final = ("file", "http", "tcp")
CODEPAGES: Final = ("gbk", "utf-8")
LANGUAGES: Final = ("zh", "en")
STATUSES: Final = ("waiting", "printing", "printed", "failed")
#: how long a print waits after its first, second ... try; then it has failed. Seven hours in all
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 600, 1800, 3600, 3600, 7200, 7200))
#: a try that nobody ended by then died with its worker
AWAY: Final = timedelta(minutes=3)
CASE: Final = "printer_stuck"
