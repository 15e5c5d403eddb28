"""Looks names up once, refuses what is not public unless the operator names the host, and posts JSON there."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from flask import current_app

from core import Invalid, addresses_of, http_client, shut_address

#: seconds for each of connecting, sending and waiting
PATIENCE: Final = 10.0


def look_up(host: str, port: int) -> str:
    """The address of *host* that is called. Asks the network.

    :raises Invalid: it is not known, or leads into a network that is not public and that MERX_NOTIFY_HOSTS does not
        name.
    """
    addresses = addresses_of(host, port)
    if not addresses:
        raise Invalid(f"The name {host} cannot be found.", code="host_not_found")
    if host.lower() not in _named_hosts():
        for address in addresses:
            if shut_address(address):
                raise Invalid(
                    f"{host} leads to {address}, which is not public; the operator may name it in MERX_NOTIFY_HOSTS.",
                    code="host_shut",
                )
    return addresses[0]


def look_up_url(url: str) -> str:
    """As :func:`look_up`, for the host of *url*."""
    parts = urlsplit(url)
    return look_up(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def post(
    url: str, document: Any, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> httpx.Response:
    """Post *document* as JSON, or *body* as it is, to the address that was checked a moment ago.

    :raises Invalid: it may not be called. :raises httpx.HTTPError: no answer.
    """
    parts = urlsplit(url)
    address = look_up_url(url)
    sent = {"Content-Type": "application/json", "Host": parts.netloc.rpartition("@")[2], **(headers or {})}
    there = httpx.URL(url).copy_with(host=address)
    content = body if body is not None else encoded(document)
    return _client().post(there, content=content, headers=sent, extensions={"sni_hostname": parts.hostname or ""})


def encoded(document: Any) -> bytes:
    """*document* as the bytes that are sent and signed."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _named_hosts() -> tuple[str, ...]:
    told = current_app.config.get("NOTIFY_HOSTS") or ""
    return tuple(one.strip().lower() for one in (told.split(",") if isinstance(told, str) else told) if one.strip())


@cache
def _client() -> httpx.Client:
    return http_client(timeout=PATIENCE, name="notifications", headers={"Connection": "close"})
