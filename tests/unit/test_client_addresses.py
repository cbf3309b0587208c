"""Who a request comes from: a header counts only as far as a trusted proxy wrote it."""

import pytest

from ledger.foundation.client_addresses import client_address, counted_address, read_networks
from ledger.settings import UnknownSetting, read_settings

PROXIES = read_networks("10.0.0.7, 192.168.0.0/16, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # nobody's word counts who is no proxy of ours
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("203.0.113.5", ["10.0.0.7"], "203.0.113.5"),
        ("10.0.0.8", ["198.51.100.1"], "10.0.0.8"),
        # the right-most address that is no proxy, whatever was invented left of it
        ("10.0.0.7", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1, 198.51.100.1, 192.168.3.4"], "198.51.100.1"),
        ("10.0.0.7", ["10.0.0.7, 10.0.0.7"], "10.0.0.7"),
        # forms in which proxies write addresses
        ("10.0.0.7", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.7", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.7", ['"[2001:db8::1]"'], "2001:db8::1"),
        ("::ffff:10.0.0.7", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:DB8:0::1"], "2001:db8::1"),
        # what is no address ends the chain at the proxy that wrote it
        ("10.0.0.7", ["198.51.100.1, unknown"], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.1, <script>"], "10.0.0.7"),
        ("10.0.0.7", [""], "10.0.0.7"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["," * 100_000], "10.0.0.7"),
    ],
)
def test_a_forged_chain_moves_nobody(peer: str, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_without_trusted_proxies_headers_are_ignored() -> None:
    assert client_address("203.0.113.5", ["198.51.100.1"], ()) == "203.0.113.5"


def test_a_home_network_of_ipv6_counts_as_one_address() -> None:
    assert counted_address("2001:db8:1:2::aaaa") == counted_address("2001:db8:1:2:ffff::1")
    assert counted_address("2001:db8:1:2::1") != counted_address("2001:db8:1:3::1")
    assert counted_address("::ffff:203.0.113.5") == counted_address("203.0.113.5") == "203.0.113.5"


@pytest.mark.parametrize(
    "value",
    ["proxy.example", "10.0.0.0/33", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.7 10.0.0.8"],
)
def test_a_setting_that_trusts_everybody_or_nobody_known_is_refused(value: str) -> None:
    with pytest.raises(UnknownSetting, match="GONGZHANG_TRUSTED_PROXIES"):
        read_settings({"GONGZHANG_TRUSTED_PROXIES": value})
