"""The source `kdniao_logistics`: the contract over Kdniao's calls."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core import (
    AccountView,
    Carrier,
    ChannelDown,
    Label,
    LabelRequest,
    Looked,
    Notice,
    Reply,
    Subscribed,
    TrackRequest,
)
from plugins.kdniao_logistics import notices, waybills
from plugins.kdniao_logistics.client import CLIENT, Client
from plugins.kdniao_logistics.companies import companies, company, customer_name
from plugins.kdniao_logistics.failures import KdniaoRefused
from plugins.kdniao_logistics.traces import update_of

NAME = "kdniao_logistics"
#: when Kdniao says: not so fast
SLOWER = timedelta(seconds=30)
#: (account, RequestType, whether Kdniao has just said that it is enough) -> None: go ahead; else how long to wait
Turn = Callable[[AccountView, str, bool], timedelta | None]


class Kdniao:
    """Follows the parcels of some hundred companies, recognises their numbers and prints their labels."""

    name = NAME
    title = {"en": "Kdniao", "zh": "快递鸟"}

    def __init__(self, turn: Turn, client: Client = CLIENT) -> None:
        self._turn, self._client = turn, client

    def carriers(self) -> Sequence[Carrier]:
        """The companies of the data file, the large ones first."""
        return tuple(companies().values())

    def subscribe(self, account: AccountView | None, request: TrackRequest) -> Subscribed:
        """1008 or 8008: pushes come to the address that is written down in Kdniao's console."""
        settings = _settings(account)
        product, looks = settings["subscribe_type"], settings["query_type"] != "none"
        if product == "none":
            return Subscribed("none", look_every=timedelta(hours=settings["look_hours"]))
        safety = timedelta(hours=settings["safety_hours"]) if looks and settings["safety_hours"] else None
        try:
            if wait := self._ask_or_wait(account, product, _wanted(settings, request)):
                return Subscribed("later", again_in=wait)
        except KdniaoRefused as no:
            return Subscribed("refused", why=str(no), look_every=safety)
        return Subscribed("done", look_every=safety)

    def query(self, account: AccountView | None, request: TrackRequest) -> Looked:
        """1002, 8001 or 8002."""
        settings = _settings(account)
        if settings["query_type"] == "none":
            return Looked(None)
        heard: list[Mapping[str, Any]] = []
        wanted = {**_wanted(settings, request), "Sort": 0}
        try:
            if wait := self._ask_or_wait(account, settings["query_type"], wanted, heard):
                return Looked(None, again_in=wait)
        except KdniaoRefused as no:
            return Looked(None) if no.kind == "nothing" else Looked(None, why=str(no))
        told = {**heard[0], "ShipperCode": request.carrier, "LogisticCode": request.tracking_no}
        return Looked(update_of(told))

    def recognise(self, account: AccountView | None, tracking_no: str) -> Sequence[Carrier]:
        """2002: whose number this may be.

        :raises ChannelDown: it must not be asked now.
        """
        heard: list[Mapping[str, Any]] = []
        try:
            if self._ask_or_wait(account, "2002", {"LogisticCode": tracking_no}, heard):
                raise ChannelDown("Kdniao is asked too often just now: try again in a moment.")
        except KdniaoRefused:
            return ()
        listed = heard[0].get("Shippers")
        named = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        return tuple(
            company(str(one["ShipperCode"]), str(one.get("ShipperName") or ""))
            for one in named
            if one.get("ShipperCode")
        )

    def read_notice(self, account: AccountView, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """A push of traces; it carries no time of its own that would make it stale."""
        return notices.read(account, headers, body)

    def acknowledge(self, account: AccountView, ok: bool, why: str, now: datetime) -> Reply:
        """Always 200; Success says whether to push again."""
        return notices.reply(account, ok, why, now)

    def print_label(self, account: AccountView, request: LabelRequest) -> Label:
        """1007; the same order code again gives the same label."""
        return waybills.print_label(self._client, account, request)

    def void_label(self, account: AccountView, request: LabelRequest, tracking_no: str) -> Label:
        """1147."""
        return waybills.void_label(self._client, account, request, tracking_no)

    def _ask_or_wait(
        self,
        account: AccountView | None,
        product: str,
        wanted: Mapping[str, Any],
        heard: list[Mapping[str, Any]] | None = None,
    ) -> timedelta | None:
        """Ask when it is our turn; None = it was asked and has answered, else how long to wait.

        :raises KdniaoRefused: it said no.
        """
        assert account is not None, "Kdniao is asked with an account"
        if wait := self._turn(account, product, False):
            return wait
        try:
            answer = self._client.ask(account, product, wanted)
        except KdniaoRefused as no:
            if no.kind == "quota":
                return self._turn(account, product, True)
            if no.kind == "pace":
                return SLOWER
            raise
        if heard is not None:
            heard.append(answer)
        return None


def _settings(account: AccountView | None) -> Mapping[str, Any]:
    assert account is not None, "Kdniao is asked with an account"
    return account.settings


def _wanted(settings: Mapping[str, Any], request: TrackRequest) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "OrderCode": request.order_number[:30],
        "ShipperCode": request.carrier,
        "LogisticCode": request.tracking_no,
    }
    if name := customer_name(request.carrier, request.phone, settings["customer_names"]):
        wanted["CustomerName"] = name
    return wanted
