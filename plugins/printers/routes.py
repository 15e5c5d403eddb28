"""Doors of printers, for staff: devices, the log of prints, and a document once more."""

from typing import Any
from uuid import UUID

from flask import Response

from core import admin_blueprint, answer, idempotent, needs, page, paged, reading, transaction
from plugins.printers import devices, printing
from plugins.printers.models import PrinterDevice, PrinterPrint
from plugins.printers.schemas import DeviceChangeIn, DeviceIn, DeviceOut, PrintOut, PrintsIn, ReprintIn

admin = admin_blueprint("printers_admin", __name__, "Devices that print, and what they printed.")


@admin.get("/devices")
@needs("printers.read")
@admin.response(200, DeviceOut(many=True))
@paged
def list_devices() -> Response:
    """All devices, newest first."""
    with reading():
        return page(DeviceOut, PrinterDevice)


@admin.post("/devices")
@needs("printers.write")
@admin.arguments(DeviceIn)
@admin.response(201, DeviceOut)
@idempotent
def create_device(body: dict[str, Any]) -> Response:
    """Add a device. A printer in the network must be among those the operator allows."""
    with transaction():
        return answer(DeviceOut, devices.create(body), 201)


@admin.post("/devices/<uuid:device_id>")
@needs("printers.write")
@admin.arguments(DeviceChangeIn)
@admin.response(200, DeviceOut)
@idempotent
def change_device(body: dict[str, Any], device_id: UUID) -> Response:
    """Say anew all about a device; `enabled: false` switches it off."""
    with transaction():
        return answer(DeviceOut, devices.change(device_id, body))


@admin.get("/prints")
@needs("printers.read")
@admin.arguments(PrintsIn, location="query")
@admin.response(200, PrintOut(many=True))
@paged
def list_prints(query: dict[str, Any]) -> Response:
    """What was printed and what was not, newest first."""
    with reading():
        where = (getattr(PrinterPrint, name) == value for name, value in query.items())
        return page(PrintOut, PrinterPrint, *where)


@admin.post("/orders/<number>/prints")
@needs("printers.print")
@admin.arguments(ReprintIn)
@admin.response(201, PrintOut)
@idempotent
def reprint(body: dict[str, Any], number: str) -> Response:
    """Print a document of an order (again); the paper says that it is a reprint."""
    with transaction():
        return answer(PrintOut, printing.again(number, **body), 201)
