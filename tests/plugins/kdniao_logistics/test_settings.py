"""An account's settings: no key goes to a stranger, and an account that could tell nothing is refused."""

import pytest
from marshmallow import ValidationError

from plugins.kdniao_logistics.settings import AccountSettings
from tests.actors import Merchant
from tests.plugins.kdniao_logistics.simulators import Kdn
from tests.vocabulary import Shop

MINE = {"business_id": "1237100", "api_key": "test-app-key-0001"}


@pytest.mark.parametrize(
    "host",
    ["https://api.kdniao.com", "http://sandboxapi.kdniao.com:8080", "http://127.0.0.1:9/", "https://api.kdniao.cc"],
)
def test_kdniao_and_a_sandbox_here_are_taken(host: str) -> None:
    assert AccountSettings().load(MINE | {"base_url": host})["base_url"] == host.rstrip("/")


@pytest.mark.parametrize(
    "host",
    [
        "https://api.kdniao.com.evil.example",
        "https://evil.example",
        "https://a@api.kdniao.com",
        "https://api.kdniao.com/x",
    ],
)
def test_no_other_host_gets_our_signed_calls(host: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AccountSettings().load(MINE | {"base_url": host})
    assert "base_url" in caught.value.messages_dict


@pytest.mark.parametrize("path", ["api/dist", "/api?x=1", "/api dist", "//evil#"])
def test_a_path_is_a_path(path: str) -> None:
    with pytest.raises(ValidationError):
        AccountSettings().load(MINE | {"query_path": path})


def test_neither_query_nor_subscription_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        AccountSettings().load(MINE | {"query_type": "none", "subscribe_type": "none"})
    assert "query_type" in caught.value.messages_dict


def test_the_plugin_stays_off_until_kdniao_takes_our_signature(shop: Shop, merchant: Merchant, control: Kdn) -> None:
    refused = shop.is_refused(409).asks("POST", "plugins/kdniao_logistics/enable")
    assert "Add an account" in refused.detail
    body = {"plugin": "kdniao_logistics", "name": "kdn", "settings": control.settings(api_key="mistyped")}
    account = shop.api.post("accounts", body)
    assert "签名" in shop.is_refused(409).asks("POST", "plugins/kdniao_logistics/enable").detail
    assert "mistyped" not in str(account.body)
    etag = shop.api.get(f"accounts/{account['id']}").etag
    shop.api.patch(f"accounts/{account['id']}", {"settings": control.settings()}, etag)
    shop.turns_on("kdniao_logistics")
    assert shop.api.post(f"accounts/{account['id']}/check", {})["ok"]
