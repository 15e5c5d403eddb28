"""Which addresses may be told anything: public ones, so that nobody makes us call into our own network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from core import Invalid

PORTS: Final = (443, 80, 8443)
#: what a sandbox may call on its own machine, by plain http too
LOCAL: Final = ("localhost", "127.0.0.1")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")
_UNFIT: Final = re.compile(r"[^\x21-\x7e]|[\\<>\"{}^`|]")

#: beside what the address registries call not global: networks that lead into others, and other people's metadata
SHUT: Final = tuple(
    (ip_network(network), why)
    for network, why in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own"),
        ("169.254.0.0/16", "link-local, a cloud's metadata among them"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.88.99.0/24", "a relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for measuring"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "unspecified, loopback or an IPv4 address in disguise"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::ffff:0:0:0/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "an IPv4 address in disguise"),
        ("64:ff9b:1::/48", "an IPv4 address in disguise"),
        ("100::/64", "discarded"),
        ("2001::/32", "an IPv4 address in disguise"),
        ("2002::/16", "an IPv4 address in disguise"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)


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
        why = shut(address)
        if why and not (target.is_local and why == "loopback"):
            raise _refused(
                f"{target.host} leads to {address}, which is {why}: only public addresses are called.", "url_shut"
            )
    return tuple(found)


def shut(address: str) -> str | None:
    """Why *address* may not be called; None = it may."""
    try:
        here: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "no address"
    for network, why in SHUT:
        if here.version == network.version and here in network:
            return "loopback" if here.is_loopback else why
    return None if here.is_global else "not public"


def _refused(told: str, code: str = "bad_url") -> Invalid:
    return Invalid.field("/url", told, code)
