"""Webhooks go to public addresses over https, and to the very address that was judged."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from ledger.foundation.webhook_targets import (
    WebhookTargetRefused,
    check_url,
    find_target,
    is_public,
)

PUBLIC = "93.184.216.34"


def answering(*answers: Sequence[str]) -> object:
    """A resolver that gives one answer after the other."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0)

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "https:///x",
        "//example.com/x",
        "https://user:secret@example.com/",
        "https://example.com/#fragment",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://例子.测试/",
        "https://localhost/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "https://[fe80::1%25eth0]/",
        "https://example.com/" + "x" * 500,
        "https://example..com/",
        "https://.example.com/",
        f"https://{'a' * 64}.example.com/",
        f"https://{'a.' * 130}com/",
        "https://exa%6dple.com/",
        "https://exam'ple.com/",
        "https://a.localhost/",
        "https://printer.local/",
        "https://db.internal/",
        "https://metadata.google.internal/",
        "https://METADATA.Google.INTERNAL/",
        "https://router.home.arpa/",
        "https://nas.lan/",
        "https://hooks.example/",
        "https://example.com./",
        "https://localhost./",
        "https://a.localhost./",
        "https://127.0.0.1./",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0177.0.0.1/",
        "https://127.0.0.0x1/",
        "https://1.0x7f000001/",
        "https://127.0.0.0x/",
    ],
)
async def test_addresses_that_are_none_of_the_open_internet_are_refused(url: str) -> None:
    """When one is set up, and by the same rule when something is sent, whatever resolvers say."""
    with pytest.raises(WebhookTargetRefused):
        check_url(url)
    with pytest.raises(WebhookTargetRefused):
        await find_target(url, resolve=answering([PUBLIC]))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::7f00:1",
        "64:ff9b::a00:1", "2001:db8::1", "2002:a00:1::", "2001::1", "fc00::1", "fe80::1", "ff02::1",
    ],
)  # fmt: skip
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_ordinary_addresses_are_public() -> None:
    assert is_public(ip_address(PUBLIC))
    assert is_public(ip_address("2606:2800:220:1:248:1893:25c8:1946"))


async def test_a_name_with_one_private_address_is_refused() -> None:
    resolve = answering([PUBLIC, "10.0.0.1"])
    with pytest.raises(WebhookTargetRefused):
        await find_target("https://example.com/", resolve=resolve)


async def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    """It is asked once, and what it said then is where the connection goes."""
    resolve = answering([PUBLIC], ["127.0.0.1"])
    target = await find_target("https://example.com/hook", resolve=resolve)
    assert (target.address, target.host, target.port) == (PUBLIC, "example.com", 443)
    with pytest.raises(WebhookTargetRefused):
        await find_target("https://example.com/hook", resolve=resolve)


async def test_loopback_is_for_developing_only() -> None:
    url = "http://127.0.0.1:9000/hook"
    with pytest.raises(WebhookTargetRefused):
        await find_target(url, resolve=answering(["127.0.0.1"]))
    target = await find_target(url, resolve=answering(["127.0.0.1"]), loopback=True)
    assert (target.address, target.port, target.is_tls) == ("127.0.0.1", 9000, False)
    # the setting opens this machine, not the network behind it
    with pytest.raises(WebhookTargetRefused):
        await find_target("http://localhost/", resolve=answering(["10.0.0.1"]), loopback=True)
    with pytest.raises(WebhookTargetRefused):
        check_url("http://10.0.0.1/", loopback=True)


async def test_a_name_that_cannot_be_asked_for_is_refused_like_an_unknown_one() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise UnicodeError("label empty or too long")

    with pytest.raises(WebhookTargetRefused):
        await find_target("https://example.com/", resolve=resolve)
