"""Whose address a request comes from: the peer's, or what proxies that we trust say of it.

A header is only ever believed as far as a trusted proxy wrote it: the chain is read from its right
end, and the first address that is not a trusted proxy is the client. What stands left of it may be
anybody's invention.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
#: Longest chain that is looked at; proxies in a row are few.
LONGEST_CHAIN = 20
#: What one household or telephone has of IPv6: addresses inside are hers to choose.
_HOME_PREFIX = 64

#: Address of the client of the request being served, for the audit log; None outside of one.
current_client_address: ContextVar[str | None] = ContextVar("current_client_address", default=None)


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks from ``10.0.0.7, 192.168.0.0/16, fd00::/8``.

    Raises:
        ValueError: names what is neither an address nor a network.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def read_address(text: str) -> Address | None:
    """An address, with or without a port; an IPv4 address in IPv6 clothes is an IPv4 address."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The client of a request that came from ``peer``.

    ``forwarded``: the values of X-Forwarded-For in the order they came; ``trusted``: our proxies.
    """
    current = read_address(peer)
    if current is None:
        return peer
    chain = ",".join(forwarded).split(",")[-LONGEST_CHAIN:]
    while chain and _is_among(current, trusted):
        earlier = read_address(chain.pop())
        if earlier is None:
            break
        current = earlier
    return str(current)


def _is_among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def counted_address(address: str) -> str:
    """What counts as one address when requests are counted: of IPv6 a whole home network."""
    known = read_address(address)
    if isinstance(known, IPv6Address):
        return str(ip_network((known, _HOME_PREFIX), strict=False))
    return address if known is None else str(known)
