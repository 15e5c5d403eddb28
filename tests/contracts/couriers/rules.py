"""The rules of the courier contract: what must hold whoever follows the parcels."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from tests.contracts.couriers.provider import ABILITIES
from tests.contracts.couriers.scene import Scene

Play = Callable[[Scene], None]


@dataclass(frozen=True)
class Rule:
    """One rule, and what a source must be able to do to be asked. *races*: it is kept on PostgreSQL too."""

    name: str
    play: Play
    needs: frozenset[str]
    races: bool


RULES: dict[str, Rule] = {}


def rule(*needs: str, races: bool = False) -> Callable[[Play], Play]:
    """Enact the function as a rule of that name."""
    assert set(needs) <= set(ABILITIES)

    def enact(play: Play) -> Play:
        RULES[play.__name__] = Rule(play.__name__, play, frozenset(needs), races)
        return play

    return enact


@rule()
def a_number_that_is_entered_is_followed(scene: Scene) -> None:
    order = scene.sends()
    (track,) = scene.staff_tracks(order)
    assert (track.courier, track.tracking_no, track.status) == (scene.provider.name, scene.provider.number(1), "none")
    assert track.subscription == ("done" if "asked" in scene.provider.can else "none")
    assert scene.provider.was_asked() == ([scene.provider.number(1)] if "asked" in scene.provider.can else [])


@rule()
def a_company_that_it_does_not_follow_is_refused(scene: Scene) -> None:
    order = scene.shop.sees_money(scene.mei.orders({"tea": 1}))
    refused = scene.shop.is_refused(422).sends(order, carrier="NOSUCH", tracking_no=scene.provider.number(1))
    assert refused.errors[0].code == "unknown_carrier"


@rule()
def news_is_seen_by_the_buyer_newest_first(scene: Scene) -> None:
    order = scene.sends()
    scene.tells(scene.news(1, "collected", "on_the_way"))
    track = scene.track(order)
    assert track.status == "on_the_way"
    assert [point["text"] for point in track.told["points"]] == ["快件运输中 1", "快件已揽收 0"]
    scene.tells(scene.news(1, "collected", "on_the_way", "on_the_way"))
    assert len(scene.track(order).points) == 3


@rule(races=True)
def the_same_news_again_changes_nothing(scene: Scene) -> None:
    order = scene.sends()
    letter = scene.letter(scene.news(1, "collected", "signed"))
    for _ in range(3):
        scene.posts(letter)
    scene.clock.passes(seconds=1)
    scene.tells(scene.news(1, "collected", "signed"))
    assert (scene.track(order).status, scene.points(), scene.told("parcel.delivered")) == ("signed", 2, 1)


@rule(races=True)
def news_that_comes_all_at_once_is_written_once(scene: Scene) -> None:
    order = scene.sends()
    letters = [scene.letter(scene.news(1, "collected", "signed")) for _ in range(2)] * 3
    with ThreadPoolExecutor(6) as postmen:
        answers = list(postmen.map(lambda letter: letter.post(), letters))
    assert all(map(scene.provider.is_accepted, answers))
    scene.clock.passes(minutes=1)
    assert (scene.track(order).status, scene.points(), scene.told("parcel.delivered")) == ("signed", 2, 1)


@rule(races=True)
def old_news_never_takes_a_parcel_back(scene: Scene) -> None:
    order = scene.sends()
    old = scene.letter(scene.news(1, "collected"))
    middle = scene.letter(scene.news(1, "collected", "on_the_way"))
    scene.tells(scene.news(1, "collected", "on_the_way", "signed"))
    before = scene.track(order).told
    for letter in (middle, old, middle):
        scene.posts(letter)
    assert scene.track(order).told == before
    assert scene.told("parcel.delivered") == 1


@rule()
def what_is_over_stays_over_but_for_a_return(scene: Scene) -> None:
    order = scene.sends()
    scene.tells(scene.news(1, "collected", "signed"))
    scene.tells(scene.news(1, "collected", "signed", "on_the_way"))
    assert (scene.track(order).status, len(scene.track(order).points)) == ("signed", 3)
    scene.tells(scene.news(1, "collected", "signed", "on_the_way", "returning"))
    assert scene.track(order).status == "returning"
    scene.tells(scene.news(1, "collected", "signed", "on_the_way", "returning", "returned"))
    assert scene.track(order).status == "returned" and scene.cases() == ["parcel_returned"]
    assert scene.told("parcel.delivered") == 1


@rule()
def trouble_is_told_once_and_goes_away_with_better_news(scene: Scene) -> None:
    order = scene.sends()
    scene.tells(scene.news(1, "collected", "exception"))
    scene.clock.passes(seconds=1)
    scene.tells(scene.news(1, "collected", "exception"))
    assert (scene.track(order).status, scene.told("parcel.exception")) == ("exception", 1)
    scene.tells(scene.news(1, "collected", "exception", "signed"))
    track = scene.track(order)
    assert (track.status, track.told["reason"]) == ("signed", None)
    assert scene.told("parcel.exception") == 1 and scene.told("parcel.delivered") == 1


@rule()
def a_signature_is_written_on_the_parcel_and_moves_no_order(scene: Scene) -> None:
    order = scene.sends()
    scene.clock.passes(hours=3)
    scene.tells(scene.news(1, "collected", "signed"))
    order = scene.shop.sees(order)
    assert order.state == "shipped"
    assert order.shipments[0].parcels[0].delivered_at == scene.track(order).points[0].at
    assert scene.track(order).points[0].at == (scene.start + timedelta(hours=1)).isoformat().replace("+00:00", "Z")


@rule()
def forged_news_is_refused_and_writes_nothing(scene: Scene) -> None:
    order = scene.sends()
    letter = scene.letter(scene.news(1, "collected", "signed"))
    forgeries = scene.provider.forgeries(letter)
    assert len(forgeries) >= 3
    for what, forged in forgeries.items():
        answer = forged.post()
        assert answer.status_code in (401, 403) or not scene.provider.is_accepted(answer), what
        assert (scene.points(), scene.track(order).status) == (0, "none"), what
    scene.posts(letter)
    assert scene.track(order).status == "signed", "no forgery uses the true news up"


@rule()
def news_of_a_parcel_that_nobody_knows_writes_nothing(scene: Scene) -> None:
    order = scene.sends()
    scene.letter(scene.news(2, "collected", "signed")).post()
    scene.clock.passes(days=2)
    assert (scene.points(), scene.track(order).status, scene.cases()) == (0, "none", [])


@rule(races=True)
def one_letter_about_two_parcels_reaches_both_orders(scene: Scene) -> None:
    first, second = scene.sends(1), scene.sends(2)
    scene.tells(scene.news(1, "collected", "signed"), scene.news(2, "collected"))
    assert [scene.track(order).status for order in (first, second)] == ["signed", "collected"]
    assert scene.shop.sees(second).shipments[0].parcels[0].delivered_at is None


@rule()
def one_bad_parcel_in_a_letter_spoils_no_other(scene: Scene) -> None:
    first, second = scene.sends(1), scene.sends(2)
    letter = scene.letter(scene.news(1, "collected", "signed"), scene.news(2, "collected"))
    scene.posts(scene.provider.spoilt(letter))
    assert [scene.track(order).status for order in (first, second)] == ["none", "collected"]


@rule()
def one_number_on_two_orders_is_told_to_both(scene: Scene) -> None:
    first, second = scene.sends(1), scene.sends(1)
    scene.tells(scene.news(1, "collected", "signed"))
    assert [scene.track(order).status for order in (first, second)] == ["signed", "signed"]
    assert scene.told("parcel.delivered") == 2


@rule("partial")
def some_points_of_a_trail_are_laid_beside_those_there_are(scene: Scene) -> None:
    order = scene.sends()
    whole = scene.news(1, "collected", "on_the_way", "delivering")
    for point in (whole.points[2], whole.points[0], whole.points[1]):
        scene.tells(type(whole)(whole.number, (point,)))
    track = scene.track(order)
    assert (track.status, len(track.points)) == ("delivering", 3)


@rule()
def a_number_that_changed_meanwhile_keeps_its_history_and_moves_nothing(scene: Scene) -> None:
    order = scene.sends(1)
    late = scene.letter(scene.news(1, "collected", "signed"))
    scene.tells(scene.news(1, "collected"))
    scene.mends(order, 2)
    late.post()
    scene.clock.settles()
    track = scene.track(order)
    assert (track.tracking_no, track.status, track.points) == (scene.provider.number(2), "none", [])
    assert scene.shop.sees(order).shipments[0].parcels[0].delivered_at is None
    scene.tells(scene.news(2, "collected", "signed"))
    old, new = scene.staff_tracks(order)
    assert (old.status, len(old.points), new.status) == ("collected", 1, "signed")
    assert scene.told("parcel.delivered") == 1


@rule()
def a_number_mended_back_goes_on_with_its_own_trail(scene: Scene) -> None:
    order = scene.sends(1)
    scene.tells(scene.news(1, "collected"))
    scene.mends(order, 2)
    scene.mends(order, 1)
    track = scene.track(order)
    assert (track.tracking_no, track.status, len(track.points)) == (scene.provider.number(1), "collected", 1)
    scene.tells(scene.news(1, "collected", "signed"))
    assert scene.track(order).status == "signed"


@rule("asked")
def the_goods_leave_whatever_becomes_of_our_wish_and_it_is_made_again(scene: Scene) -> None:
    for n, fault in enumerate(scene.provider.faults, start=1):
        scene.provider.goes_wrong(fault)
        order = scene.sends(n)
        assert order.state == "shipped", fault
        assert scene.staff_tracks(order)[0].subscription == "waiting", fault
        scene.clock.passes(minutes=2)
        assert scene.staff_tracks(order)[0].subscription == "done", fault
        assert scene.cases() == [], fault
    assert scene.provider.was_asked()[-1] == scene.provider.number(len(scene.provider.faults))


@rule()
def switched_off_it_still_tells_of_what_is_on_its_way(scene: Scene) -> None:
    order = scene.sends()
    letter = scene.letter(scene.news(1, "collected", "signed"))
    scene.shop.asks("POST", f"plugins/{scene.provider.name}/disable")
    if scene.provider.name == "manual_tracking":
        # its door is its own, and closed; core goes on showing what it knows
        assert letter.post().status_code == 404
        scene.shop.turns_on(scene.provider.name)
    scene.posts(letter)
    assert scene.track(order).status == "signed"
