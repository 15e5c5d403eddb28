"""A print's life: waiting, printing, printed or failed. Better a page twice, and marked so, than a page never."""

from dataclasses import dataclass
from uuid import UUID

from core import (
    Invalid,
    NotFound,
    Order,
    Refused,
    add,
    all_of,
    current_actor,
    current_merchant,
    flush,
    get,
    later,
    lock_order,
    now,
    open_case,
    resolve_key,
    soon,
)
from plugins.printers import documents, escpos, places
from plugins.printers.models import PrinterDevice, PrinterPrint
from plugins.printers.terms import AWAY, CASE, PAUSES


@dataclass(frozen=True)
class Page:
    """One try: what to print and where."""

    print_id: UUID
    attempt: int
    merchant_id: int
    device: str
    target: str
    host: str
    port: int
    url: str
    #: what the file is called and the endpoint is told
    name: str
    document: str
    text: str
    content: bytes


# ---------------------------------------------------------------------------------------------- asking for it
def order_moved(order_id: UUID, node: str) -> None:
    """Have printed what the merchant's devices print at *node*; twice is as once."""
    merchant_id = current_merchant().id
    wanted = [
        (device, one["document"])
        for device in all_of(PrinterDevice, merchant_id, PrinterDevice.enabled)
        for one in device.prints
        if one["node"] == node
    ]
    if not wanted:
        return
    order = lock_order(order_id)
    there = all_of(PrinterPrint, merchant_id, PrinterPrint.order_id == order.id, PrinterPrint.node == node)
    done = {(row.device_id, row.document) for row in there}
    for device, document in wanted:
        if (device.id, document) not in done and _concerns(device, order):
            done.add((device.id, document))
            _add(device, order, document, node, 0)


def again(number: str, device_id: UUID, document: str) -> PrinterPrint:
    """Staff want it on paper (once more).

    :raises Refused: the device is off, or the order has nothing for it.
    """
    merchant_id = current_merchant().id
    device = get(PrinterDevice, merchant_id, device_id)
    orders = all_of(Order, merchant_id, Order.number == number)
    if not orders:
        raise NotFound(f"There is no order {number} here.")
    order = lock_order(orders[0].id)
    if not device.enabled:
        raise Refused(f"The device {device.code} is off: switch it on first.", code="device_off")
    if not _concerns(device, order):
        raise Refused(f"The order has nothing of the store or warehouse of {device.code}.", code="nothing_to_print")
    mine = (PrinterPrint.order_id == order.id, PrinterPrint.device_id == device.id, PrinterPrint.document == document)
    rows = all_of(PrinterPrint, merchant_id, *mine)
    return _add(device, order, document, "reprint", 1 + max((row.reprint for row in rows), default=0))


def _concerns(device: PrinterDevice, order: Order) -> bool:
    of_store = device.store_id is None or device.store_id == order.store_id
    return of_store and bool(documents.units_of(order, device.warehouse_id))


def _add(device: PrinterDevice, order: Order, document: str, node: str, reprint: int) -> PrinterPrint:
    row = add(
        PrinterPrint(
            merchant_id=order.merchant_id,
            device_id=device.id,
            order_id=order.id,
            document=document,
            node=node,
            reprint=reprint,
            asked_by=current_actor().name,
            created_at=now(),
            next_at=now(),
        )
    )
    flush()
    soon("printers.print", print_id=row.id)
    return row


# ---------------------------------------------------------------------------------------------- trying
def take(print_id: UUID) -> Page | None:
    """Begin a try, and write so before it is made; None = there is nothing to do (now)."""
    row = get(PrinterPrint, current_merchant().id, print_id, lock=True)
    if row.status == "printing":
        if (over := (row.tried_at or row.created_at) + AWAY) > now():
            later("printers.print", over, print_id=row.id)
            return None
        row.status, row.doubtful, row.next_at = "waiting", True, None
    if row.status != "waiting" or (row.next_at is not None and row.next_at > now()):
        return None
    device, order = get(PrinterDevice, row.merchant_id, row.device_id), get(Order, row.merchant_id, row.order_id)
    row.tries += 1
    row.tried_at = now()
    try:
        # the operator may have taken it off the list
        places.check(device.target, device.host, device.port, device.url)
    except Invalid as refused:
        settle(row, refused.errors[0].message, doubtful=False)
        return None
    row.status = "printing"
    written = documents.lines_of(row.document, order, device, reprint=row.node == "reprint", doubtful=row.doubtful)
    text = "\f".join(["\n".join(written) + "\n"] * device.copies)
    return Page(
        print_id=row.id,
        attempt=row.tries,
        merchant_id=row.merchant_id,
        device=device.code,
        target=device.target,
        host=device.host or "",
        port=device.port or 0,
        url=device.url or "",
        name=f"{order.number}-{row.document}-{row.id.hex}",
        document=row.document,
        text=text,
        content=escpos.encoded(written, device.codepage, cut=device.cut, copies=device.copies),
    )


def end(page: Page, why: str | None, *, doubtful: bool) -> None:
    """Write down what became of the try. *why* None = it is on paper."""
    row = get(PrinterPrint, current_merchant().id, page.print_id, lock=True)
    if row.status == "printing" and row.tries == page.attempt:
        settle(row, why, doubtful=doubtful)


def settle(row: PrinterPrint, why: str | None, *, doubtful: bool) -> None:
    """The end, or another try after a pause."""
    row.result, row.next_at = (why or "")[:500] or None, None
    row.doubtful = row.doubtful or doubtful
    key = f"printers:{row.device_id}"
    if why is None:
        row.status, row.printed_at = "printed", now()
        resolve_key(key, "It prints again.")
    elif row.tries <= len(PAUSES):
        row.status, row.next_at = "waiting", now() + PAUSES[row.tries - 1]
        later("printers.print", row.next_at, print_id=row.id)
    else:
        row.status = "failed"
        told = f"A printer does not print: {why} Mend it, then print the failed documents again."
        open_case(CASE, told, thing_kind="printer_device", thing_id=row.device_id, key=key, order_id=row.order_id)
