"""Devices are made and changed; each must be whole, and stand where the operator allows it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core import Invalid, Refused, Store, Warehouse, add, all_of, current_merchant, find, flush, get, now
from plugins.printers import places
from plugins.printers.models import PrinterDevice


def create(values: Mapping[str, Any]) -> PrinterDevice:
    """A new device.

    :raises Refused: the code is taken. :raises Invalid: it lacks an address, or may not stand there.
    """
    merchant_id = current_merchant().id
    _check(values)
    if all_of(PrinterDevice, merchant_id, PrinterDevice.code == values["code"]):
        raise Refused(f"There is a device {values['code']!r} already.", code="code_taken")
    device = add(PrinterDevice(merchant_id=merchant_id, created_at=now(), **values))
    flush()
    return device


def change(device_id: UUID, values: Mapping[str, Any]) -> PrinterDevice:
    """Everything about a device but its code."""
    device = get(PrinterDevice, current_merchant().id, device_id, lock=True)
    _check(values)
    for name, value in values.items():
        setattr(device, name, value)
    return device


def _check(values: Mapping[str, Any]) -> None:
    merchant_id, target = current_merchant().id, values["target"]
    needed = {"file": (), "http": ("url",), "tcp": ("host", "port")}[target]
    for name in needed:
        if values[name] is None:
            raise Invalid.field(f"/{name}", f"A device with the target {target} needs it.", "required")
    if values["store_id"] and find(Store, merchant_id, values["store_id"]) is None:
        raise Invalid.field("/store_id", "There is no such store.", "unknown_store")
    if values["warehouse_id"] and find(Warehouse, merchant_id, values["warehouse_id"]) is None:
        raise Invalid.field("/warehouse_id", "There is no such warehouse.", "unknown_warehouse")
    places.check(target, values["host"], values["port"], values["url"])
