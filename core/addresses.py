"""Which network addresses may be called where merchants name them: public ones, never our own network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

#: beside what the address registries call not global: networks that lead into others, and other people's metadata
_SHUT: Final = tuple(
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


def shut_address(address: str) -> str | None:
    """Why *address* may not be called, in words; None = it may."""
    try:
        here: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "no address"
    for network, why in _SHUT:
        if here.version == network.version and here in network:
            return "loopback" if here.is_loopback else why
    return None if here.is_global else "not public"
