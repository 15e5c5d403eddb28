"""What looks like a secret never reaches a text, and what we know to be one neither, however it is written."""

from collections.abc import Iterator
from typing import Any

import pytest

from core import redaction
from core.contracts.people import Actor, MerchantView
from core.current import acting

CANARY = "Kanarienvogel4711"
PEM = f"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n{CANARY}\n-----END PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    before = dict(redaction._known)
    redaction._known.clear()
    yield
    redaction._known.clear()
    redaction._known.update(before)


def at(merchant_id: int) -> Any:
    view = MerchantView(merchant_id, f"m{merchant_id}", "M", "CNY", "Asia/Shanghai", "zh", {}, 0)
    return acting(view, Actor("system", None, "test", "job", "request-1"))


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization={CANARY}",
        f"{{'Authorization': 'Basic {CANARY}'}}",
        f'{{"access_token": "{CANARY}", "expires_in": 7200}}',
        f"https://api.example/sns?appid=wx1&secret={CANARY}&code=7",
        f"app_secret={CANARY}",
        f"api_v3_key: {CANARY}",
        f"apiv3key='{CANARY}'",
        f"private_key = {CANARY}",
        f"password='{CANARY} with a space'",
        f'"passwd":"{CANARY} \\" quoted"',
        f"Set-Cookie: merx_session={CANARY}; Path=/",
        f"X-CSRF-Token: {CANARY}",
        f"postgresql+psycopg://merx:{CANARY}@db:5432/merx",
        f"redis://:{CANARY}@redis:6379/0",
        f"enc:v1:gAAAAA{CANARY}==",
        f"the key sk_live_{CANARY} is wrong",
        f"$argon2id$v=19$m=65536,t=3,p=4${CANARY}$x",
        PEM,
        PEM.replace("\n", "\\n"),
        PEM[:-40],
        f"Traceback:\n  ValueError: {PEM} is no key",
        "token A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v"[6:],
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    shown = redaction.redact(text)
    assert CANARY not in shown and "A1b2C3" not in shown and "[redacted]" in shown


@pytest.mark.parametrize(
    "text",
    [
        "plugin wechatpay took 412 ms in choose_freight",
        "GET /v1/shop/acme/orders/SO20260302000017 answered 409 out_of_stock",
        "job core.deadline gave up after 20 tries: ChannelDown: api.mch.weixin.qq.com did not answer",
        "order 0192f0c1-5b1e-7c3a-9f00-1234567890ab, request 01a2103b1b737fa8aa6150d7f3fe1415",
        "made /srv/merx/var/secret.key: keep it, it opens the secrets in the database",
        "the token is not valid here",
        "https://shop.example:8443/path?state=open&limit=20",
    ],
)
def test_what_an_operator_must_read_stays(text: str) -> None:
    assert redaction.redact(text) == text


def test_names_of_secrets_hide_their_values_at_any_depth() -> None:
    event = {
        "event": "call",
        "headers": {"Authorization": CANARY, "Content-Type": "application/json"},
        "accounts": [{"apiv3_key": CANARY, "mchid": "190000"}, ({"cookie": CANARY},)],
        "private_key": CANARY.encode(),
        "error": ValueError(f"password={CANARY}"),
        "ms": 12,
    }
    shown = redaction.redacted(event)
    assert CANARY not in str(shown)
    assert shown["headers"]["Content-Type"] == "application/json" and shown["accounts"][0]["mchid"] == "190000"
    assert shown["ms"] == 12 and redaction.redacted({"token": None, "key": ""}) == {"token": None, "key": ""}
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert "[redacted]" in str(redaction.redacted(endless))


def test_a_secret_we_know_is_found_whatever_stands_around_it() -> None:
    redaction.remember(1, [CANARY, {"nested": ["a\nlong line of a key\nend"]}, None, 7, "ab"])
    with at(1):
        assert redaction.redact(f"x{CANARY}y, a long line of a key") == "x[redacted]y, a [redacted]"
        assert redaction.hide(f"The key {CANARY} is not accepted.") == "The key [redacted] is not accepted."
        assert redaction.hidden({"findings": [f"{CANARY}!"], "n": 1}) == {"findings": ["[redacted]!"], "n": 1}
        assert redaction.hide("abstract tables") == "abstract tables", "too short to be looked for"


def test_words_of_one_merchants_secrets_may_stand_in_anothers_answers_and_nobodys_line_shows_them() -> None:
    redaction.remember(1, ["longjing"])
    with at(2):
        assert redaction.hide("longjing tea") == "longjing tea"
    assert redaction.redact("longjing tea") == "[redacted] tea", "a line outside of any merchant"


def test_only_so_many_merchants_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "MERCHANTS", 3)
    for number in range(10):
        redaction.remember(number, [f"secret number {number}"])
    assert list(redaction._known) == [7, 8, 9]
