"""Where the operator of the installation lets printers stand: MERX_PRINTER_HOSTS, and nothing beside it."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask import current_app

from core import Invalid


def check(target: str, host: str | None, port: int | None, url: str | None) -> None:
    """Refuse what may not be called.

    :raises Invalid: the operator has not named it.
    """
    if target == "file":
        return
    pointer = "/host"
    if target == "http":
        parts = urlsplit(url or "")
        pointer, host, port = "/url", parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        if "@" in parts.netloc:
            raise Invalid.field("/url", "Must hold no user name and no password.", "bad_url")
    if not is_allowed(host or "", port or 0):
        raise Invalid.field(
            pointer,
            f"{host}:{port} is not among the printers of this installation: its operator names them in "
            "MERX_PRINTER_HOSTS, as host, host:port or a network such as 10.1.0.0/24.",
            "printer_not_allowed",
        )


def is_allowed(host: str, port: int) -> bool:
    """Whether one of the operator's entries covers it. Names are compared as they are written, never looked up."""
    return any(_covers(entry, host.lower(), port) for entry in _entries())


def _covers(entry: str, host: str, port: int) -> bool:
    if entry in (host, f"{host}:{port}", f"[{host}]:{port}"):
        return True
    try:
        return ip_address(host) in ip_network(entry)
    except ValueError:
        return False


def _entries() -> list[str]:
    told = current_app.config.get("PRINTER_HOSTS") or ""
    parts = told.split(",") if isinstance(told, str) else told
    return [part.strip().lower() for part in parts if part.strip()]
