"""Where a webhook may go: public addresses over https, judged where the connection is made.

A name is resolved once, every address it has is judged, and the connection goes to the very address
that was judged: a name that answers differently the second time gains nothing.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import msgspec

from ledger.errors import LedgerError
from ledger.foundation.client_addresses import Address

LONGEST_URL = 500
_PORTS = frozenset({443, 8443})
_RESOLVING_SECONDS = 5
_LONGEST_NAME = 253
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")
#: A last label that resolvers read as a number: 127.0x1 and 1.2.3.0x4 are addresses to them.
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)\Z")
#: Names that mean this machine, this network or nobody (RFC 6761, 6762, 7686, 8375, 9476), and
#: those that routers and offices give away inside.
_INSIDE = frozenset(
    (
        "alt", "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan", "local",
        "localdomain", "localhost", "onion", "private", "test",
    )
)  # fmt: skip
#: What the standard library calls global although it leads elsewhere, or inside.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "224.0.0.0/4", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32",
        "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "::/96",
    )
)  # fmt: skip

#: From a name and a port to every address it has.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class WebhookTargetRefused(LedgerError):
    """The address of a webhook is none that we send to."""

    template = "Webhooks do not go there: {reason}"


class Target(msgspec.Struct, frozen=True):
    """Where to connect, and for whom the answer must hold a certificate."""

    address: str
    host: str
    port: int
    is_tls: bool


def check_url(url: str, *, loopback: bool = False) -> SplitResult:
    """The parts of a webhook's address; ``loopback``: http to this machine passes, for developing.

    Raises:
        WebhookTargetRefused: says why.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise WebhookTargetRefused(reason="the address cannot be read") from error
    if len(url) > LONGEST_URL or not url.isascii() or any(char.isspace() for char in url):
        raise WebhookTargetRefused(reason="the address cannot be read")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookTargetRefused(reason="leave out user, password and fragment")
    if not host:
        raise WebhookTargetRefused(reason="a host is missing")
    if loopback and _is_loopback(host):
        return parts
    if parts.scheme != "https":
        raise WebhookTargetRefused(reason="only https is used")
    if port not in (None, *_PORTS):
        raise WebhookTargetRefused(reason="only the ports 443 and 8443 are used")
    literal = _literal(host)
    if literal is None and not _is_full_name(host):
        raise WebhookTargetRefused(reason="give the full public name of a host")
    if literal is not None and not is_public(literal):
        raise WebhookTargetRefused(reason="the address is not a public one")
    return parts


async def find_target(url: str, *, resolve: Resolve, loopback: bool = False) -> Target:
    """Resolve a webhook's host once, and judge every address it has.

    Raises:
        WebhookTargetRefused: one of them is not public, or there is none.
    """
    parts = check_url(url, loopback=loopback)
    host, is_tls = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    try:
        async with asyncio.timeout(_RESOLVING_SECONDS):
            found = await resolve(host, port)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise WebhookTargetRefused(reason="the name of the host is not known") from error
    addresses = [ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise WebhookTargetRefused(reason="the name of the host is not known")
    is_own = loopback and _is_loopback(host) and all(one.is_loopback for one in addresses)
    if not is_own and not all(is_public(address) for address in addresses):
        raise WebhookTargetRefused(reason="the address is not a public one")
    return Target(str(addresses[0]), host, port, is_tls)


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet, whatever clothes it wears."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return False
    is_special = any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not is_special


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _is_full_name(host: str) -> bool:
    """Labels as DNS has them, in the open internet, and nothing that is read as an address.

    A dot at the end is refused: it is the same name written in another way.
    """
    labels = host.split(".")
    return (
        len(host) <= _LONGEST_NAME
        and len(labels) > 1
        and all(_LABEL.match(label) for label in labels)
        and not _NUMBER.match(labels[-1])
        and labels[-1].lower() not in _INSIDE
    )


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback
