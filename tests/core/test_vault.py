"""The vault: what goes in comes out for the same purpose only, keys rotate, and errors tell nothing secret."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from core import vault

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "sk_live_4711_äöü_钥匙"
PURPOSE = "1:bank_transfer:settings"


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("vault")
    app.config["SECRET_KEYS"] = [OLD]
    with app.app_context():
        yield app


def test_a_secret_comes_back_as_it_went_in(app: Flask) -> None:
    token = vault.encrypt(SECRET, PURPOSE)
    assert token.startswith("enc:v1:") and "4711" not in token
    assert vault.decrypt(token, PURPOSE) == SECRET


def test_the_same_secret_never_looks_the_same(app: Flask) -> None:
    assert vault.encrypt(SECRET, PURPOSE) != vault.encrypt(SECRET, PURPOSE)


def test_a_token_copied_to_another_merchant_opens_nothing(app: Flask) -> None:
    with pytest.raises(vault.VaultTrouble, match="sealed for something else") as refusal:
        vault.decrypt(vault.encrypt(SECRET, PURPOSE), "2:bank_transfer:settings")
    assert "4711" not in str(refusal.value)


def test_an_old_key_still_opens_and_new_secrets_take_the_new_one(app: Flask) -> None:
    token = vault.encrypt(SECRET, PURPOSE)
    app.config["SECRET_KEYS"] = [NEW, OLD]
    renewed = vault.renew(token, PURPOSE)
    app.config["SECRET_KEYS"] = [NEW]
    assert vault.decrypt(renewed, PURPOSE) == SECRET
    with pytest.raises(vault.VaultTrouble, match="no key in SECRET_KEYS fits"):
        vault.decrypt(token, PURPOSE)


@pytest.mark.parametrize("token", ["", "enc:v1:", "enc:v1:ä", "enc:v1:AAAA", "plain text"])
def test_a_damaged_token_is_refused_in_words(app: Flask, token: str) -> None:
    with pytest.raises(vault.VaultTrouble, match="bank_transfer"):
        vault.decrypt(token, PURPOSE)


def test_no_key_and_a_bad_key_say_how_keys_look(app: Flask) -> None:
    for keys, said in (([], "SECRET_KEYS is empty"), (["short"], r"SECRET_KEYS\[0\]"), ([OTHER, "x"], r"\[1\]")):
        app.config["SECRET_KEYS"] = keys
        with pytest.raises(vault.VaultTrouble, match=said) as refusal:
            vault.encrypt(SECRET, PURPOSE)
        assert "32 random bytes" in str(refusal.value) and OTHER not in str(refusal.value)


def test_an_object_is_sealed_whole(app: Flask) -> None:
    values = {"token": SECRET, "days": 3, "none": None}
    assert vault.unseal(vault.seal(values, PURPOSE), PURPOSE) == values
    assert vault.unseal(None, PURPOSE) == {}
