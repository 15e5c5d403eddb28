"""The people of the stories, each with a real HTTP connection of their own."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from flask import Flask

from core.contracts.people import Actor
from core.current import acting
from core.db import reading, transaction
from core.services import merchants, people, sign_in

PASSWORD = "correct horse battery"
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors", "request_id"}
_numbers = count(1)


@dataclass
class Answer:
    """What came back: ``answer["number"]`` looks into the body."""

    status: int
    body: Any
    headers: httpx.Headers

    def __getitem__(self, name: Any) -> Any:
        return self.body[name]

    @property
    def etag(self) -> dict[str, str]:
        """The header for an edit of what was read."""
        return {"If-Match": self.headers["ETag"]}


class Api:
    """Somebody who sends requests, with a token or without.

    :param root: what every path stands under: ``/v1/shop/acme``; a path that begins with ``/v1`` or ``//`` does not.
    """

    def __init__(self, base_url: str, root: str = "", token: str | None = None) -> None:
        self.base_url, self.root, self.token = base_url, root, token
        self.http = httpx.Client(base_url=base_url, timeout=60, trust_env=False, verify=False)  # plain http

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, params: Any = None, **body: Any
    ) -> Answer:
        """One request; *body* is ``json=``, ``content=``, ``data=`` or ``files=``. Refusals must be problems."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = self.http.request(
            method, self._url(path), headers={**sent, **(headers or {})}, params=params, **body
        )
        kind = response.headers.get("Content-Type", "").split(";")[0]
        read = response.json() if kind.endswith("json") and response.content else response.content or None
        answer = Answer(response.status_code, read, response.headers)
        if answer.status >= 400:
            check_problem(answer)
        return answer

    def get(self, path: str, **params: Any) -> Answer:
        """Read something that must be there."""
        return _good(self.send("GET", path, params=params or None))

    def post(self, path: str, json: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        """Send something that must be taken; *key* is the Idempotency-Key."""
        return _good(self.send("POST", path, json=json, headers=_headers(key, headers)))

    def patch(self, path: str, json: Any, etag: Mapping[str, str] | None = None) -> Answer:
        """Edit something; *etag* is ``answer.etag`` of what was read."""
        return _good(self.send("PATCH", path, json=json, headers=etag))

    def put(self, path: str, json: Any, etag: Mapping[str, str] | None = None) -> Answer:
        """Replace something."""
        return _good(self.send("PUT", path, json=json, headers=etag))

    def delete(self, path: str, etag: Mapping[str, str] | None = None) -> Answer:
        """Take something away."""
        return _good(self.send("DELETE", path, headers=etag))

    def refused(self, status: int, method: str, path: str, json: Any = None, **more: Any) -> Answer:
        """Send something that must be refused with *status*."""
        answer = self.send(method, path, **({"json": json} if json is not None else {}), **more)
        assert answer.status == status, f"{method} {path}: {answer.status} instead of {status}: {answer.body}"
        return answer

    def everything(self, path: str, **params: Any) -> list[Any]:
        """All rows of a list, page after page."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.get(path, **params, **cursor)
            found += answer["data"]
            if not answer["page"]["has_more"]:
                return found
            cursor = {"cursor": answer["page"]["next_cursor"]}

    def _url(self, path: str) -> str:
        if path.startswith("//"):
            return path[1:]
        return path if path.startswith("/v1/") else f"{self.root}/{path.lstrip('/')}"


class Buyer(Api):
    """A buyer of one merchant, signed in."""

    def __init__(self, base_url: str, merchant: str, token: str, customer: dict[str, Any]) -> None:
        super().__init__(base_url, f"/v1/shop/{merchant}", token)
        self.customer, self.id = customer, customer["id"]


class Staff(Api):
    """A member of staff (or an API key) of one merchant, signed in."""

    def __init__(self, base_url: str, merchant: str, token: str, name: str) -> None:
        super().__init__(base_url, f"/v1/admin/{merchant}", token)
        self.name = name


class Merchant:
    """A merchant: its owner is signed in, and everybody else can be called."""

    def __init__(self, app: Flask, base_url: str, code: str, **more: str) -> None:
        self.app, self.base_url, self.code = app, base_url, code
        self._people = ExitStack()
        with app.app_context():
            with transaction():
                row = merchants.create_merchant(code, code.title(), **more)
                view = merchants.view(row)
            self.id = row.id
            with acting(view, Actor("system", None, "test", "cli", "test")):
                hashed = sign_in.hash_password(PASSWORD)
                with transaction():
                    people.create_member("owner", "Olga Owner", hashed, ["owner"])
        self.visitor = self.meet(Api(base_url, f"/v1/shop/{code}"))
        self.owner = self.signs_in("owner")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._people.close()

    def meet(self, somebody: Any) -> Any:
        """Hang up for *somebody* when the test is over."""
        self._people.callback(somebody.close)
        return somebody

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Act inside the application, in a ``reading()`` scope, as the system does: to look at rows."""
        with self.app.app_context():
            with reading():
                view = merchants.view(merchants.find_merchant(self.code))
            with acting(view, Actor("system", None, "test", "cli", "test")):
                yield

    def signs_in(self, login: str, password: str = PASSWORD) -> Staff:
        """A member of staff comes in."""
        nobody = Api(self.base_url, f"/v1/admin/{self.code}")
        answer = nobody.post("sessions", {"login": login, "password": password})
        nobody.close()
        return self.meet(Staff(self.base_url, self.code, answer["token"], answer["staff"]["name"]))  # type: ignore[no-any-return]

    def staff(self, *roles: str, stores: list[str] | None = None) -> Staff:
        """A new member of staff with these roles, signed in."""
        login = f"{roles[0]}-{next(_numbers)}"
        body = {"login": login, "name": login.title(), "password": PASSWORD, "roles": list(roles)}
        self.owner.post("staff", body | {"store_ids": stores or []})
        return self.signs_in(login)

    def api_key(self, *scopes: str) -> Staff:
        """One of the merchant's own servers, with a key for these permissions."""
        answer = self.owner.post("keys", {"name": "a server", "scopes": list(scopes)})
        return self.meet(Staff(self.base_url, self.code, answer["token"], "a server"))  # type: ignore[no-any-return]

    def buyer(self, name: str = "Mei") -> Buyer:
        """Somebody new registers and is signed in."""
        email = f"{uuid4().hex[:12]}@example.com"
        answer = self.visitor.post("customers", {"email": email, "password": PASSWORD, "name": name})
        buyer = Buyer(self.base_url, self.code, answer["token"], answer["customer"])
        return self.meet(buyer)  # type: ignore[no-any-return]


def check_problem(answer: Answer) -> None:
    """Every refusal is a whole problem document and tells nothing of our insides."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    body = answer.body
    assert set(body) >= PROBLEM_MEMBERS, body
    assert body["status"] == answer.status and body["type"] == f"/problems/{body['code']}", body
    assert body["request_id"] == answer.headers["X-Request-Id"] and body["detail"], body
    for error in body["errors"]:
        assert set(error) == {"pointer", "location", "message", "code"}, error
    assert "Traceback" not in str(body) and "SELECT " not in str(body), body


def _good(answer: Answer) -> Answer:
    assert 200 <= answer.status < 300, f"{answer.status}: {answer.body}"
    return answer


def _headers(key: str | None, headers: Mapping[str, str]) -> dict[str, str]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**given, "Idempotency-Key": key} if key else given
