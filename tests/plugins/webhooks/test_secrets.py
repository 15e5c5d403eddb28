"""No secret of an endpoint is ever seen, keys can be changed, and no neighbour hears or sees anything."""

from collections.abc import Callable
from typing import Any

from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from core.commands.secrets import command as secrets_command
from core.db import Base, across_merchants, all_of, reading
from core.services import sealed_texts
from plugins.webhooks.models import WebhookEndpoint
from tests.actors import Merchant
from tests.conftest import TEST_KEY, AppMaker, Clock
from tests.logbook import written
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Receiver, is_signed
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def test_no_secret_is_ever_seen(
    app: Flask, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock, merchant: Merchant
) -> None:
    with written() as book:
        endpoint = desk.tells(receiver)
        rotated = desk.does(endpoint, "rotate")
        mei.orders({"tea": 1})
        clock.settles()
        receiver.says(500, b"no")
        mei.orders({"tea": 1})
        clock.settles()
        receiver.closes()
        clock.passes(minutes=10)
        said = [desk.shop.lists(f"webhooks/{path}") for path in ("deliveries",)] + [desk.asks("GET", "endpoints").told]
        said += [desk.shop.lists(path) for path in ("cases", "jobs", "messages")]
    with app.app_context(), reading() as session, across_merchants():
        rows = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    assert len(book.of(event="gateway call", host="webhooks", path="")) >= 3, "a path may be a secret, too"
    for secret in (endpoint.secret, rotated.secret):
        for where in (book.text, str(said), "\n".join(rows)):
            assert secret not in where and secret.removeprefix("whsec_") not in where
    assert receiver.heard and is_signed(receiver.heard[0], endpoint.secret)


def test_changing_keys_renews_the_secrets_of_endpoints(
    app: Flask, make_app: AppMaker, desk: Desk, receiver: Receiver, merchant: Merchant
) -> None:
    endpoint = desk.tells(receiver)
    rotated = desk.does(endpoint, "rotate")
    new = Fernet.generate_key().decode()
    both, alone = make_app(SECRET_KEYS=[new, TEST_KEY]), make_app(SECRET_KEYS=[new])

    def run(app: Flask, word: str) -> Result:
        return app.test_cli_runner().invoke(secrets_command, [word])

    assert run(alone, "status").exit_code == 1
    assert "2 webhook_endpoints" in run(both, "rotate").output
    assert run(alone, "status").exit_code == 0
    with Merchant.inside(merchant), alone.app_context(), reading():
        (row,) = all_of(WebhookEndpoint, merchant.id)
        assert sealed_texts.unseal(row, "secret") == rotated.secret
        assert sealed_texts.unseal(row, "previous_secret") == endpoint.secret


def test_a_neighbour_hears_and_sees_nothing(
    desk: Desk, receiver: Receiver, make_receiver: Callable[..., Receiver], mei: BuyerActor, clock: Clock,
    other_merchant: Merchant,
) -> None:  # fmt: skip
    theirs = make_receiver()
    neighbour = Desk(Shop(other_merchant))
    neighbour.tells(theirs)
    endpoint = desk.tells(receiver)
    mei.orders({"tea": 1})
    clock.settles()
    assert receiver.heard and theirs.heard == [] and neighbour.log() == []
    delivery = desk.log()[0]
    for method, path, body in _doors(endpoint, delivery):
        assert neighbour.refused(404, method, path, body).code == "not_found"


def _doors(endpoint: Told, delivery: Told) -> list[tuple[str, str, Any]]:
    words: list[tuple[str, str, Any]] = [
        ("POST", f"endpoints/{endpoint.id}/{word}", None) for word in ("enable", "disable", "rotate", "test")
    ]
    replays = [
        ("POST", f"endpoints/{endpoint.id}/replay", {"since": "2026-01-01T00:00:00Z"}),
        ("POST", f"deliveries/{delivery.id}/replay", None),
    ]
    looks = [("GET", path, None) for path in (f"endpoints/{endpoint.id}", f"deliveries/{delivery.id}")]
    edits = [
        ("POST", f"endpoints/{endpoint.id}", {"description": "mine"}),
        ("DELETE", f"endpoints/{endpoint.id}", None),
    ]
    return [*words, *replays, *looks, *edits]
