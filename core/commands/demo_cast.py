"""Who plays in the demo: people with a token each, who speak plain HTTP, and a narrator who writes it down."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from core import clock
from core.commands import demo_shop
from core.money import format_money

#: seconds to wait for what the worker does
PATIENCE = 45.0
#: what the log calls those who are nobody
NOBODY = {
    "clock": "the clock",
    "system": "the shop",
    "payment": "the shop",
    "refund": "the shop",
    "channel": "WeChat Pay",
}
Seen = TypeVar("Seen")


class Unexpected(Exception):
    """The story took a turn it must not take; says what was expected and what came."""


@dataclass
class Person:
    """Somebody with a token.

    :param root: what their paths stand under: ``/v1/admin/demo``.
    """

    name: str
    root: str
    http: httpx.Client
    token: str = field(default="", repr=False)

    def get(self, path: str, **params: Any) -> Any:
        """Read something."""
        return self.send("GET", path, 200, params=params)

    def post(self, path: str, expect: int = 201, **body: Any) -> Any:
        """Send *body* as JSON."""
        return self.send("POST", path, expect, json=body)

    def send(self, method: str, path: str, *expect: int, **request: Any) -> Any:
        """One request.

        :returns: the JSON that came back. :raises Unexpected: another status than one of *expect*, or no answer.
        """
        headers = request.pop("headers", {}) | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        try:
            answer = self.http.request(method, f"{self.root}/{path}", headers=headers, **request)
        except httpx.HTTPError as trouble:
            raise Unexpected(
                f"{method} {self.root}/{path} got no answer: {trouble or type(trouble).__name__}."
            ) from None
        said = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        if answer.status_code not in expect:
            told = said.get("detail") or answer.text[:300]
            raise Unexpected(f"{method} {self.root}/{path} was answered {answer.status_code}: {told}")
        return said


@dataclass(frozen=True)
class Cast:
    """Everybody who is signed in."""

    owner: Person
    finance: Person
    warehouse: Person
    service: Person
    mei: Person


def sign_in(http: httpx.Client) -> Cast:
    """Everybody signs in; Mei registers, if she has not done so in an earlier demo."""
    return Cast(
        staff(http, "owner"),
        staff(http, "finance"),
        staff(http, "warehouse"),
        staff(http, "customer_service"),
        buyer(http, "Mei"),
    )


def staff(http: httpx.Client, login: str) -> Person:
    """A member of staff signs in."""
    person = Person(demo_shop.STAFF[login], f"/v1/admin/{demo_shop.CODE}", http)
    person.token = person.post("sessions", login=login, password=demo_shop.PASSWORD)["token"]
    return person


def buyer(http: httpx.Client, name: str) -> Person:
    """A buyer registers; who has done so in an earlier demo signs in."""
    person = Person(name, f"/v1/shop/{demo_shop.CODE}", http)
    who: dict[str, Any] = {"email": f"{name.lower()}@example.com", "password": demo_shop.PASSWORD}
    known = person.send("POST", "customers", 201, 409, json={**who, "name": name})
    person.token = known["token"] if "token" in known else person.post("sessions", **who)["token"]
    return person


class Narrator:
    """Tells each step in a line, and insists that it went as expected.

    :param owner: sees every order and its log. :param say: where lines go. :param clock_file: the sandbox's clock.
    :param draw: a text as the lines of a QR code; None = codes are told as text alone.
    """

    def __init__(
        self, owner: Person, clock_file: Path, say: Callable[[str], None], draw: Callable[[str], list[str]] | None
    ) -> None:
        self._owner, self._clock_file, self._say, self._draw = owner, clock_file, say, draw
        self._zone = clock.zone(owner.get("settings")["timezone"])

    def chapter(self, title: str) -> None:
        """A heading."""
        self._say(f"\n{title}")

    def line(self, what: str, *, who: str = "", number: str = "", node: str = "", money: str = "") -> None:
        """One step: when, which order, in which node, how much, who and what."""
        when = clock.now().astimezone(self._zone).strftime("%d %b %H:%M")
        self._say(f"  {when}  {number:<19}  {node:<17}  {money:>9}  {who:<10}  {what}")

    def code(self, text: str, *, draw: bool) -> None:
        """What a buyer scans: a picture where one is wanted and can be drawn, and the text in it."""
        if draw and self._draw is not None:
            self._say("\n".join(["", *(f"    {line}" for line in self._draw(text)), ""]))
        self.line(f"in the code: {text}")

    def step(self, number: str, node: str, what: str, *, who: str, move: str, money: str = "payable") -> dict[str, Any]:
        """An order must stand in *node* by now, and *who* must have taken *move* last; one line tells it.

        :param money: which amount of the order to show. :returns: the order as staff see it.
        """
        order: dict[str, Any] = self.until(
            f"order {number} stands in {node}",
            lambda: self._owner.get(f"orders/{number}"),
            lambda seen: seen["state"] == node,
            lambda seen: f"it is {seen['state']}",
        )
        mover = self._mover(number, move)
        expect(mover == who, f"The log of order {number} says that {mover} took the move {move}; it should be {who}.")
        self.line(what, who=who, number=number, node=node, money=format_money(order[money], order["currency"]))
        return order

    def until(
        self, wanted: str, look: Callable[[], Seen], good: Callable[[Seen], bool], told: Callable[[Seen], str] = str
    ) -> Seen:
        """Look again and again until it is *good*; the worker needs a moment.

        :raises Unexpected: it never was.
        """
        give_up = time.monotonic() + PATIENCE
        while not good(seen := look()):
            if time.monotonic() > give_up:
                raise Unexpected(f"Expected that {wanted}; after {PATIENCE:.0f} seconds {told(seen)[:300]}.")
            time.sleep(0.1)
        return seen

    def time_passes(self, words: str, **delta: float) -> None:
        """Move the clock of the whole sandbox: server, worker and this process."""
        clock.write_offset(self._clock_file, timedelta(**delta))
        self.line(f"{words} pass: the sandbox's clock is moved")

    def _mover(self, number: str, move: str) -> str:
        log: list[Mapping[str, Any]] = self._owner.get(f"orders/{number}/moves", limit=100)["data"]
        taken = [row for row in log if row["subject_kind"] == "order" and row["move"] == move]
        expect(bool(taken), f"The log of order {number} has no move {move}.")
        return NOBODY.get(taken[-1]["actor_kind"], str(taken[-1]["actor_name"]))


def expect(true: bool, otherwise: str) -> None:
    """:raises Unexpected: it is not true."""
    if not true:
        raise Unexpected(otherwise)
