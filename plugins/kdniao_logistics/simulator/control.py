"""The control API under /_sim/: trails, letters and bad days, for tests and demos; opened by a token."""

import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from core import now
from plugins.kdniao_logistics.simulator import script
from plugins.kdniao_logistics.simulator.pushes import FORM, Send, deliver, pack, signed, take_due
from plugins.kdniao_logistics.simulator.world import API_KEY, BUSINESS_ID, Parcel, Row, Subscription, World

HEADER, TOKEN = "Sim-Token", "control.token"
#: fault -> what it does to one call
FAULTS = ("refuse_500", "no_json", "cut_before", "cut_after", "quota", "slow")
Told = dict[str, Any]


class Control:
    """Everything under /_sim/."""

    def __init__(self, world: World, folder: Path, url: str, send: Send) -> None:
        self._world, self._url, self._send = world, url, send
        self._token = kept_token(folder)
        self._doors: Mapping[tuple[str, str], Callable[[Told], Told]] = {
            ("GET", "config"): self._config,
            ("GET", "log"): self._log,
            ("POST", "switches"): self._switch,
            ("POST", "trail"): self._trail,
            ("POST", "letter"): self._letter,
            ("POST", "signed"): self._signed,
            ("POST", "faults"): self._fault,
            ("POST", "flush"): self._flush,
        }

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Told]:
        """The HTTP status and the JSON of the answer."""
        if not hmac.compare_digest(headers.get(HEADER.lower(), "").encode(), self._token.encode()):
            return 401, {"error": f"the header {HEADER} must be the word in the sandbox's file {TOKEN!r}"}
        door = self._doors.get((method, path.removeprefix("/_sim/").strip("/")))
        if door is None:
            known = ", ".join(f"{method} {name}" for method, name in self._doors)
            return 404, {"error": f"there is nothing of this name; there are {known}"}
        try:
            given = json.loads(body or b"{}")
            with self._world.lock:
                return 200, door(given)
        except KeyError as missing:
            return 400, {"error": f"{missing.args[0]!r} is needed"}
        except (ValueError, TypeError, AttributeError) as wrong:
            return 400, {"error": str(wrong)}

    def _config(self, given: Told) -> Told:
        settings = {"business_id": BUSINESS_ID, "api_key": API_KEY, "base_url": self._url}
        return {"settings": settings, "switches": asdict(self._world.switches), "faults": self._world.faults}

    def _log(self, given: Told) -> Told:
        return {"log": list(self._world.log)}

    def _switch(self, given: Told) -> Told:
        for name, value in given.items():
            if not hasattr(self._world.switches, name):
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(asdict(self._world.switches))}")
            setattr(self._world.switches, name, value)
        return {"switches": asdict(self._world.switches)}

    def _trail(self, given: Told) -> Told:
        """Write a parcel's trail: rows of at, code, text, city; those that lie ahead happen then."""
        parcel = self._parcel(given["carrier"], given["number"])
        parcel.rows = [
            Row(datetime.fromisoformat(row["at"]), str(row["code"]), row["text"], row.get("city", "上海市"))
            for row in given["rows"]
        ]
        return {"rows": len(parcel.rows)}

    def _letter(self, given: Told) -> Told:
        """One push of some parcels as everything was known at *until*, which nobody sends."""
        kind = str(given.get("kind", "102"))
        until = datetime.fromisoformat(given["until"]) if given.get("until") else now()
        parcels = []
        for carrier, number in given["parcels"]:
            known = self._world.subscriptions.get((carrier, number))
            parcel = self._parcel(carrier, number)
            parcels.append(known or Subscription(BUSINESS_ID, kind, parcel, "", ""))
        return _posted(pack(self._world, kind, parcels, until))

    def _signed(self, given: Told) -> Told:
        """A push of any text, rightly signed."""
        account = str(given.get("account", BUSINESS_ID))
        return _posted(signed(self._world, account, str(given["kind"]), given["text"]))

    def _fault(self, given: Told) -> Told:
        if given.get("clear"):
            self._world.faults.clear()
            return {}
        if given["fault"] not in FAULTS:
            raise ValueError(f"there is no fault {given['fault']!r}; there are {', '.join(FAULTS)}")
        self._world.faults.setdefault(str(given["kind"]), []).extend([given["fault"]] * int(given.get("count", 1)))
        return {"faults": self._world.faults}

    def _flush(self, given: Told) -> Told:
        """Push what is due, now and here."""
        return {"pushes": [deliver(self._world, push, self._send) for push in take_due(self._world)]}

    def _parcel(self, carrier: str, number: str) -> Parcel:
        if (carrier, number) not in self._world.parcels:
            self._world.parcels[carrier, number] = script.begin(carrier, number, now())
        return self._world.parcels[carrier, number]


def kept_token(folder: Path) -> str:
    """The word that opens the control API, made once."""
    path = folder / TOKEN
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(20))
    return path.read_text(encoding="ascii").strip()


def _posted(body: bytes) -> Told:
    return {"content_type": FORM, "body": body.decode("ascii")}
