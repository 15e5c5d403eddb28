"""Which addresses may be told anything: public ones, so that nobody makes us call into our own network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from core import Invalid, shut_address

PORTS: Final = (443, 80, 8443)
#: what a sandbox may call on its own machine, by plain http too
LOCAL: Final = ("localhost", "127.0.0.1")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")
_UNFIT: Final = re.compile(r"[^\x21-\x7e]|[\\<>\"{}^`|]")


@dataclass(frozen=True)
class Target:
    """A URL taken apart.

    :param path: with the query. :param is_local: it names this very machine, and may, for this is a sandbox.
    """

    scheme: str
    host: str
    port: int
    path: str
    is_local: bool

    @property
    def authority(self) -> str:
        """The header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """The same URL with *address* in place of the name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def take_apart(url: str, *, sandbox: bool) -> Target:
    """What *url* names.

    :param sandbox: any port, and plain http to LOCAL.
    :raises Invalid: it is no address that webhooks are sent to.
    """
    if _UNFIT.search(url):
        raise _refused("Must be written in plain ASCII without spaces, quotes and backslashes (use punycode, %20).")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("Must be an address such as https://shop.example/hooks.") from None
    host = (parts.hostname or "").lower()
    local = sandbox and host in LOCAL
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise _refused("Must begin with https://.", "url_not_https")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise _refused("Must name a host, such as https://shop.example/hooks.")
    if "@" in parts.netloc or parts.fragment:
        raise _refused("Must hold no user name, no password and no '#': put what identifies us into path or query.")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if not sandbox and port not in PORTS:
        raise _refused(f"The port must be one of {', '.join(map(str, PORTS))}.", "url_port")
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), local)


def checked(target: Target, found: Sequence[str]) -> tuple[str, ...]:
    """The addresses *found* for the name in *target*, if every one of them may be called.

    :raises Invalid: there is none, or one may not.
    """
    if not found:
        raise _refused(f"The name {target.host} cannot be found.", "url_not_found")
    for address in found:
        why = shut_address(address)
        if why and not (target.is_local and why == "loopback"):
            raise _refused(
                f"{target.host} leads to {address}, which is {why}: only public addresses are called.", "url_shut"
            )
    return tuple(found)


def _refused(told: str, code: str = "bad_url") -> Invalid:
    return Invalid.field("/url", told, code)
