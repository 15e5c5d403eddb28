"""Staff write texts, try them out and forget what is old; nothing in a text is ever evaluated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import all_of, reading
from plugins.notifications import jobs, words
from plugins.notifications.models import NotificationDelivery
from tests.conftest import Clock
from tests.plugin_yard import make_app as make_yard
from tests.plugin_yard import make_plugin
from tests.plugins.notifications.post_office import PostOffice
from tests.vocabulary import BuyerActor, Shop

PLACE = {"event": "order.paid", "audience": "buyer", "channel": "email", "language": "zh"}


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"body": "{nubmer}"}, "/body", "unknown_placeholder"),
        ({"subject": "{number.__class__}"}, "/subject", "lone_brace"),
        ({"body": "{0}"}, "/body", "lone_brace"),
        ({"body": "{number!r}"}, "/body", "lone_brace"),
        ({"body": "a } b"}, "/body", "lone_brace"),
        ({"body": ""}, "/body", "required"),
        ({"event": "order.payd"}, "/event", "unknown_event"),
        ({"channel": "wechat_template"}, "/provider_template", "required"),
        ({"provider_values": {"thing1": "{secret}"}}, "/provider_values/thing1", "unknown_placeholder"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_by_name(more: dict, pointer: str, code: str, shop: Shop) -> None:
    body = {**PLACE, "subject": "Hello", "body": "Order {number}", **more}
    told = shop.is_refused(422).asks("POST", "notifications/templates", body)
    assert (pointer, code) in [(error.pointer, error.code) for error in told.errors]
    assert shop.lists("notifications/templates") == []


def test_a_text_is_written_anew_and_taken_away_again(shop: Shop) -> None:
    first = shop.asks("POST", "notifications/templates", {**PLACE, "subject": "One", "body": "1"})
    again = shop.asks("POST", "notifications/templates", {**PLACE, "subject": "Two", "body": "2"})
    assert first.id == again.id and [row["subject"] for row in shop.lists("notifications/templates")] == ["Two"]
    listed = {row["event"]: row for row in shop.asks("GET", "notifications/events").told["data"]}
    said = [row for row in listed["order.paid"]["said"] if (row["audience"], row["language"]) == ("buyer", "zh")]
    assert [(row["subject"], row["own"]) for row in said] == [("Two", True)]
    assert {"number", "total", "shop", "move"} <= set(listed["order.paid"]["placeholders"])
    shop.asks("POST", f"notifications/templates/{again.id}/remove")
    assert shop.lists("notifications/templates") == []


def test_events_of_other_plugins_can_be_told(shop: Shop, office: PostOffice, clock: Clock) -> None:
    shop.turns_on("balance_points")
    shop.sets_plugin("notifications", **office.settings(), merchant={"email": ["boss@acme.example"]})
    place = {"event": "balance_points.withdrawal_asked", "audience": "merchant", "channel": "email", "language": "zh"}
    shop.asks("POST", "notifications/templates", {**place, "subject": "提现 {number}", "body": "{amount} {currency}"})
    mei = shop.buyer("Mei")
    change = {"kind": "balance", "change": 5000, "remark": "a gift"}
    shop.asks("POST", f"balance_points/customers/{mei.id}/adjustments", change)
    mei.asks("POST", "balance_points/password", {"password": "246810 and more"})
    wish = {"amount": 1000, "destination": "ICBC", "password": "246810 and more"}
    asked = mei.asks("POST", "balance_points/withdrawals", wish)
    clock.settles()
    (letter,) = office.to("boss@acme.example")
    assert letter["Subject"] == f"提现 {asked.number}" and letter.get_content().strip() == "1000 CNY"


def test_a_text_is_tried_out_on_an_address(shop: Shop, office: PostOffice) -> None:
    row = shop.asks("POST", "notifications/templates", {**PLACE, "subject": "One", "body": "{number} {shop}"})
    trial = {"template_id": row.id, "to": "olga@acme.example"}
    assert shop.is_refused(409).asks("POST", "notifications/trials", trial).code == "not_set_up"
    shop.sets_plugin("notifications", **office.settings())
    assert shop.asks("POST", "notifications/trials", trial).outcome == "sent"
    assert office.to("olga@acme.example")[0].get_content().strip() == "[number] Acme"
    for wrong in ("olga", "a@b.example\nBcc: c@d.example"):
        shop.is_refused(422).asks("POST", "notifications/trials", {**trial, "to": wrong})


def test_the_check_says_what_is_wrong_with_the_server(shop: Shop, office: PostOffice) -> None:
    shop.sets_plugin("notifications", **office.settings())
    assert shop.asks("POST", "plugins/notifications/check", {}).told["findings"] == []
    shop.sets_plugin("notifications", smtp_password="not this one")
    (wrong,) = shop.asks("POST", "plugins/notifications/check", {}).told["findings"]
    assert "535" in wrong and "not this one" not in wrong


def test_addresses_and_words_are_forgotten_when_they_are_old(
    shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    shop.sets_plugin("notifications", **office.settings(), keep_days=10)
    shop.sees_money(mei.orders({"tea": 1}))
    clock.passes(days=8)
    with shop.merchant.inside():
        jobs.prune()
    assert all(row.body and row.address == mei.email for row in kept(shop) if row.event == "order.paid")
    clock.passes(days=3)
    with shop.merchant.inside():
        jobs.prune()
    old = [row for row in kept(shop) if row.event == "order.paid"]
    assert [(row.body, row.subject, row.pruned) for row in old] == [(None, None, True)]
    assert mei.email not in str([row.address for row in old])


def test_what_waited_while_the_plugin_was_off_goes_out_when_it_is_on_again_unless_it_is_too_old(
    shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    shop.sets_plugin("notifications", **office.settings())
    for wait in ({"hours": 30}, {"days": 3}):
        office.letters.clear()
        office.shuts()
        order = shop.sees_money(mei.orders({"tea": 1}))
        clock.settles()
        shop.asks("POST", "plugins/notifications/disable", {})
        clock.passes(**wait)
        office.opens()
        shop.asks("POST", "plugins/notifications/enable", {})
        with shop.merchant.inside():
            jobs.sweep()
        clock.settles()
        rows = shop.lists("notifications/deliveries", order_id=order.id, audience="buyer")
        assert {row["status"] for row in rows} == ({"sent"} if office.letters else {"failed"})
        assert len(office.letters) == (2 if "hours" in wait else 0)


def kept(shop: Shop) -> list[NotificationDelivery]:
    """The rows as they lie there."""
    with shop.merchant.inside(), reading():
        return all_of(NotificationDelivery, shop.merchant.id)


def test_a_notifier_of_an_unknown_channel_quarantines_its_plugin(tmp_path) -> None:
    class Pigeon:
        """Flies."""

        name, channel, title, repeats = "pigeon", "pigeon_post", {"en": "Pigeon"}, False

        def is_ready(self, settings):
            return True

        def send(self, settings, notification):
            raise AssertionError("nobody asks it")

    from core import plugins

    with make_yard(tmp_path, [make_plugin("loft", {"register_notifiers": lambda: [Pigeon()]})]).app_context():
        assert "pigeon_post" in plugins.broken()["loft"] and "email" in plugins.broken()["loft"]


@given(st.text(max_size=60), st.dictionaries(st.sampled_from(["number", "shop"]), st.text(max_size=20)))
def test_whatever_is_written_is_filled_without_an_error(text: str, known: dict[str, str]) -> None:
    filled = words.fill(text, known)
    if not set(text) & set("{}"):
        assert filled == text
    if not words.faults(text, {"number", "shop"}, "/body"):
        assert words.fill(text.replace("{{", "").replace("}}", ""), {"number": "", "shop": ""}).count("{") == 0


def test_a_value_that_looks_like_a_placeholder_stays_text() -> None:
    assert words.fill("{customer}: {{x}}", {"customer": "{number}", "number": "7"}) == "{number}: {x}"
