"""What the houses of the village have of printers, and right bodies for its addresses."""

from typing import Any


def device_change(house: Any) -> dict[str, Any]:
    """All about a device but its code; its file needs no address, which may stand there all the same."""
    place = {"target": "file", "host": "10.0.0.9", "port": 9100, "url": "http://printer.example/print"}
    paper = {"copies": 2, "width": 48, "codepage": "gbk", "cut": False, "language": "en"}
    whose = {"store_id": house.store["id"], "warehouse_id": None}
    prints = [{"document": "receipt", "node": "paid"}]
    return {"name": "Till", "enabled": True, **place, "prints": prints, **paper, **whose}


def device(house: Any) -> dict[str, Any]:
    """A new device."""
    return {"code": "till", **device_change(house)}


def reprint(house: Any) -> dict[str, Any]:
    """A receipt on the house's device."""
    return {"device_id": house.things["devices/device_id"], "document": "receipt"}


def furnish(house: Any, api: Any) -> dict[str, str]:
    """A device."""
    body = {"code": house.canary, "name": house.canary, "target": "file"}
    return {"devices/device_id": api.post("printers/devices", body)["id"]}
