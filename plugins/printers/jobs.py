"""What the worker runs: one try of one print, and the hourly look for what was left behind."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select

from core import current_merchant, db, now, soon, transaction
from plugins.printers import client, printing
from plugins.printers.models import PrinterPrint
from plugins.printers.printing import Page
from plugins.printers.terms import AWAY

MOST: Final = 200
WAYS: Final[Mapping[str, Callable[[Page], None]]] = {
    "file": lambda page: client.to_file(page.merchant_id, page.device, page.name, page.text),
    "http": lambda page: client.over_http(page.url, page.name, page.document, page.text),
    "tcp": lambda page: client.over_tcp(page.host, page.port, page.content),
}


def run(print_id: UUID) -> None:
    """One try: written before, made with no transaction open, its end written after."""
    with transaction():
        page = printing.take(print_id)
    if page is None:
        return
    why, doubtful = None, False
    try:
        WAYS[page.target](page)
    except client.PrinterTrouble as trouble:
        why, doubtful = trouble.why, trouble.doubtful
    with transaction():
        printing.end(page, why, doubtful=doubtful)


def sweep() -> None:
    """What waits and has no job any more (the plugin was off meanwhile) gets one."""
    with transaction():
        table = PrinterPrint
        before = now() - AWAY
        query = select(table).where(table.merchant_id == current_merchant().id)
        query = query.where(table.status.in_(("waiting", "printing")), table.created_at < before)
        for row in db.session().scalars(query.order_by(table.id).limit(MOST)):
            if (row.next_at or row.tried_at or row.created_at) < before:
                soon("printers.print", print_id=row.id)
