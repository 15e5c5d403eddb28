"""Which URLs and addresses are called: a table; and that the address that was checked is the one that is called."""

from collections.abc import Callable, Sequence

import pytest

from core.addresses import shut_address
from core.errors import Invalid
from plugins.webhooks import client
from plugins.webhooks.client import check, deliver
from tests.plugins.webhooks.receiver import Receiver

PUBLIC = "93.184.216.34"

SHUT = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.9.9.9",
    "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::ffff:0:7f00:1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "nonsense", "",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", PUBLIC, "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", SHUT)
def test_an_address_inside_is_never_called(address: str) -> None:
    assert shut_address(address)
    with pytest.raises(Invalid) as refused:
        check("https://shop.example/hooks", sandbox=False, resolve=lambda host, port: [address])
    assert (refused.value.code, refused.value.errors[0].pointer) == ("url_shut", "/url")


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_called(address: str) -> None:
    assert shut_address(address) is None
    target, found = check("https://shop.example/hooks?a=1", sandbox=False, resolve=lambda host, port: [address])
    assert found == (address,) and target.at("1.1.1.1") == "https://1.1.1.1:443/hooks?a=1"


def test_one_address_inside_among_many_shuts_the_name() -> None:
    with pytest.raises(Invalid) as refused:
        check("https://shop.example/", sandbox=False, resolve=lambda host, port: [PUBLIC, "10.0.0.1"])
    assert "10.0.0.1" in refused.value.detail


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "url_not_https"),
        ("ftp://shop.example/", "url_not_https"),
        ("HTTP://shop.example/", "url_not_https"),
        ("http://127.0.0.1:9/", "url_not_https"),
        ("https://shop.example:22/", "url_port"),
        ("https://shop.example:6379/", "url_port"),
        ("https://shop.example:0/", "url_port"),
        ("https://shop.example:99999/", "bad_url"),
        ("https://shop.example:port/", "bad_url"),
        ("https:///hooks", "bad_url"),
        ("https://", "bad_url"),
        ("https://user@shop.example/", "bad_url"),
        ("https://user:password@shop.example/", "bad_url"),
        ("https://@shop.example/", "bad_url"),
        ("https://shop.example/#part", "bad_url"),
        ("https://shop.example\\@127.0.0.1/", "bad_url"),
        ("https://shop.example /", "bad_url"),
        ("https://shop.example/\nHost: other", "bad_url"),
        ("https://shop.example/\tx", "bad_url"),
        ("https://geschäft.example/", "bad_url"),
        ("https://[::1", "bad_url"),
        ("https://-shop.example/", "bad_url"),
        ("https://" + "a" * 300 + ".example/", "bad_url"),
    ],
)
def test_a_url_that_is_none_of_ours_is_refused_before_anybody_is_asked(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(url, sandbox=False, resolve=lambda host, port: pytest.fail("nobody may be asked"))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_this_machine_is_not_called_under_any_of_its_names(host: str) -> None:
    outcome = deliver(f"https://{host}/", {}, b"{}", sandbox=False)
    assert outcome.status is None and "only public addresses are called" in str(outcome.error)


@pytest.mark.parametrize(
    "host", ["2130706433", "127.1", "[::1]", "169.254.169.254", "10.0.0.1", "localhost.", "0.0.0.0"]
)
def test_a_sandbox_calls_its_own_machine_by_its_plain_names_alone(host: str) -> None:
    with pytest.raises(Invalid):
        check(f"http://{host}:8080/", sandbox=True)
    with pytest.raises(Invalid):
        check(f"https://{host}:8443/", sandbox=True)


def test_a_name_that_nobody_knows_is_told_so() -> None:
    outcome = deliver("https://shop.example/", {}, b"{}", sandbox=False, resolve=lambda host, port: ())
    assert outcome.error == "The name shop.example cannot be found." and outcome.nobody_there


def test_a_name_that_turns_inward_later_is_not_followed(receiver: Receiver) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    url = "https://shop.example/"
    assert check(url, sandbox=False, resolve=rebinding)[1] == (PUBLIC,), "good when it was saved"
    outcome = deliver(url, {}, b"{}", sandbox=False, resolve=rebinding)
    assert outcome.status is None and "127.0.0.1, which is loopback" in str(outcome.error)
    assert receiver.heard == []


def test_the_name_is_looked_up_once_and_the_very_address_is_called(make_receiver: Callable[..., Receiver]) -> None:
    there = make_receiver(address="127.0.0.2")
    asked = []

    def only_once(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.2"]

    outcome = client.deliver(f"http://localhost:{there.port}/x", {}, b"{}", sandbox=True, resolve=only_once)
    assert (outcome.status, asked) == (200, ["localhost"]), "the system says localhost is elsewhere"
    assert there.heard[0].headers["host"] == f"localhost:{there.port}"


def test_when_the_first_address_is_dead_the_second_is_called(make_receiver: Callable[..., Receiver]) -> None:
    there = make_receiver(address="127.0.0.2")
    both = ["127.0.0.1", "127.0.0.2"]
    outcome = deliver(f"http://localhost:{there.port}/", {}, b"{}", sandbox=True, resolve=lambda host, port: both)
    assert outcome.status == 200 and len(there.heard) == 1
