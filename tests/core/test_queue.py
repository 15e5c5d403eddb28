"""Jobs are rows: true with their transaction, run when due, tried again, cut when they hang, forgotten by key."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest

from core import arming, clock, periodic, queue
from core.contracts.checkout import JobSpec
from core.contracts.people import MerchantView
from core.db import db, transaction
from core.models import Job, Merchant
from tests.job_yard import Yard, furnish, make_yard, view

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def yard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Yard]:
    url = f"sqlite:///{tmp_path / 'yard.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        name = f"yard_{uuid4().hex[:8]}"
        postgres.create_database(name)
        url = postgres.url(name)
    yard = make_yard(url, tmp_path / "traces")
    furnish(yard, "Asia/Shanghai", "America/New_York")
    with clock.frozen(NOON):
        yield yard
    with yard.app.app_context():
        db.engine.dispose()


def test_a_job_runs_once_its_transaction_is_true_and_its_row_is_gone_then(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.mark", what="a")
        queue.soon("core.mark", what="b")
    assert yard.run_due() == 2
    assert sorted(yard.left()) == ["m1 a", "m1 b"]
    assert yard.rows() == []
    assert yard.run_due() == 0


def test_an_undone_transaction_leaves_no_job(yard: Yard) -> None:
    with pytest.raises(ZeroDivisionError), yard.acting():
        queue.soon("core.mark", what="a")
        raise ZeroDivisionError
    assert yard.rows() == []


def test_a_job_waits_for_its_time(yard: Yard) -> None:
    with yard.acting():
        queue.later("core.mark", NOON + timedelta(minutes=30), what="late")
    assert yard.run_due() == 0
    clock.freeze(NOON + timedelta(minutes=30))
    assert yard.run_due() == 1


def test_a_key_is_taken_over_within_and_across_transactions_and_merchants_do_not_share_keys(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.mark", key="k", what="first")
        queue.soon("core.mark", key="k", what="second")
    with yard.acting(2):
        queue.soon("core.mark", key="k", what="other")
    with yard.acting():
        queue.soon("core.mark", key="k", what="third")
    assert yard.run_due() == 2
    assert sorted(yard.left()) == ["m1 third", "m2 other"]


def test_forgotten_jobs_do_not_run_and_forgetting_nothing_is_no_error(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.mark", key="written", what="written")
    with yard.acting():
        queue.soon("core.mark", key="fresh", what="fresh")
        queue.forget("written", "fresh", "never there")
        queue.forget()
    assert yard.run_due() == 0


def test_ids_arrive_as_ids(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.touch", what_id=uuid4())
    yard.run_due()
    assert yard.left() == ["UUID"]


def test_an_unknown_job_and_an_object_as_argument_are_refused_where_they_are_written(yard: Yard) -> None:
    with yard.acting():
        with pytest.raises(ValueError, match="no job is called 'core.nothing'"):
            queue.soon("core.nothing")
        with pytest.raises(TypeError, match="never objects"):
            queue.soon("core.mark", when=NOON)


def test_a_failing_job_is_tried_again_later_and_later_and_then_told_to_a_person(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.fail")
        queue.soon("core.mark", what="other")
    assert yard.run_due() == 2
    (row,) = yard.rows()
    assert (row.tries, row.error, row.status) == (1, "RuntimeError: no", "waiting")
    assert timedelta(seconds=7) < row.due_at - NOON < timedelta(seconds=13)
    for _ in range(2):
        clock.advance(timedelta(hours=2))
        yard.run_due()
    assert yard.failures == [("core.fail", "RuntimeError: no")]
    (row,) = yard.rows()
    assert (row.status, row.tries) == ("failed", 3)
    clock.advance(timedelta(days=30))
    assert yard.run_due() == 0
    with yard.app.app_context(), transaction() as session:
        assert session.get_one(Merchant, 1).name == "half done"


def test_a_hanging_job_is_cut_and_hurts_only_itself(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.hang")
        queue.soon("core.mark", what="after")
    assert yard.run_due() == 2
    assert yard.left() == ["m1 after"]
    assert yard.failures == [("core.hang", "Overran: it took longer than 1 s")]


def test_two_threads_that_claim_the_same_table_run_each_job_once(yard: Yard) -> None:
    for start in range(0, 60, 20):
        with yard.acting():
            for number in range(start, start + 20):
                queue.soon("core.mark", what=number)
    threads = [Thread(target=yard.run_due) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(yard.left()) == sorted(f"m1 {number}" for number in range(60))
    assert yard.rows() == []


def test_what_is_being_run_is_nobody_elses_until_its_lease_is_over(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.mark", what="a")
    (row,) = yard.rows()
    with yard.app.app_context():
        queue.claim(10)
        taken = queue._take(queue.rules_in_force(), 1, row.id)
        assert taken is not None
        assert queue.run(1, row.id) is False, "sent twice, run once"
        assert queue.claim(10) == []
        clock.advance(timedelta(seconds=91))  # limit 3 + margin 60
        assert queue.run_due() == 1
        with transaction():
            assert queue.claims.end(taken[0]) is False, "the first run lost it and changes nothing"
    assert yard.left() == ["m1 a"]


def test_a_job_that_kills_its_worker_runs_out_of_tries_too(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.die")
    (row,) = yard.rows()
    for _ in range(2):
        with yard.app.app_context():
            assert queue._take(queue.rules_in_force(), 1, row.id) is not None  # and then its process is gone
        clock.advance(timedelta(minutes=5))
    assert yard.run_due() == 1
    assert yard.failures == [("core.die", "its worker died each time it was tried")]


def test_a_job_that_arms_its_own_key_anew_keeps_the_new_one(yard: Yard) -> None:
    with yard.acting():
        queue.soon("core.rearm", key="k", again="k")
    yard.run_due()
    assert [(row.key, row.name, row.due_at) for row in yard.rows()] == [("k", "core.mark", NOON + timedelta(hours=1))]


def test_a_plugin_that_is_off_has_its_jobs_dropped_and_a_missing_one_finds_them_when_it_is_back(yard: Yard) -> None:
    with yard.acting():
        queue.soon("gift.mark", what="dropped")
    yard.off.add("gift")
    yard.run_due()
    assert yard.rows() == [] and yard.left() == []
    yard.off.clear()
    with yard.acting():
        queue.soon("gift.mark", what="kept")
    gone = yard.jobs.pop("gift.mark")
    yard.run_due()
    assert [row.tries for row in yard.rows()] == [0]
    yard.jobs["gift.mark"] = gone
    clock.advance(timedelta(minutes=11))
    yard.run_due()
    assert yard.left() == ["m1 kept"]


def test_periodic_jobs_are_armed_once_for_each_merchant_and_come_back(yard: Yard) -> None:
    yard.jobs["gift.daily"] = JobSpec("daily", yard.jobs["core.mark"].run, daily_at="09:00")
    yard.jobs["core.often"] = JobSpec("often", yard.jobs["core.mark"].run, every=600)
    known: dict[int, int] = {}
    with yard.app.app_context():
        assert arming.arm_periodic(known) == 4
        assert arming.arm_periodic(known) == 0
        assert arming.arm_periodic({}) == 0
    due = {row.name: row.due_at for row in yard.rows(1)}
    assert due["gift.daily"] == datetime(2026, 3, 2, 1, tzinfo=UTC), "nine in Shanghai"
    assert due["core.often"] == NOON + timedelta(minutes=10)
    due = {row.name: row.due_at for row in yard.rows(2)}
    assert due["gift.daily"] == datetime(2026, 3, 1, 14, tzinfo=UTC), "nine in New York"
    clock.advance(timedelta(minutes=10))
    yard.run_due()
    assert yard.left() == ["m1", "m2"]
    assert {row.due_at for row in yard.rows() if row.name == "core.often"} == {NOON + timedelta(minutes=20)}
    yard.off.add("gift")
    clock.advance(timedelta(days=2))
    yard.run_due()
    assert [row.name for row in yard.rows()] == ["core.often"], "switched off, it does not come back"


def test_a_periodic_job_that_fails_is_told_and_still_comes_back(yard: Yard) -> None:
    yard.jobs["core.often"] = JobSpec("often", yard.jobs["core.fail"].run, every=600, tries=1)
    with yard.app.app_context():
        arming.arm_periodic({2: 0})
    clock.advance(timedelta(minutes=10))
    yard.run_due()
    assert yard.failures == [("core.often", "RuntimeError: no")]
    (row,) = yard.rows()
    assert (row.status, row.tries, row.due_at) == ("waiting", 0, NOON + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Asia/Shanghai", "2026-03-01T12:00", "2026-03-01T18:30"),
        ("America/New_York", "2026-03-07T12:00", "2026-03-08T07:30"),  # the clocks skip 02:30 this night: 03:30 EDT
        ("America/New_York", "2026-03-08T08:00", "2026-03-09T06:30"),
        ("America/New_York", "2026-11-01T04:00", "2026-11-01T07:30"),  # 02:30 EST is there once
        ("Europe/Berlin", "2026-10-25T00:00", "2026-10-25T00:30"),  # 02:30 is there twice: the first one
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),  # and not again at the second
    ],
)
def test_daily_means_the_wall_clock_of_the_merchant_once_a_day(zone: str, moment: str, expected: str) -> None:
    spec = JobSpec("report", print, daily_at="02:30")
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert periodic.next_time(spec, zone, when) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_daily_time_that_is_none_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="must be HH:MM such as '03:30'"):
        periodic.next_time(JobSpec("report", print, daily_at="25:00"), "UTC", NOON)


def test_a_merchant_that_cannot_be_entered_does_not_stop_the_others(yard: Yard) -> None:
    def enter(row: Merchant) -> MerchantView:
        if row.id == 1:
            raise LookupError("its settings cannot be read")
        return view(row)

    with yard.acting():
        queue.soon("core.mark", what="a")
    with yard.acting(2):
        queue.soon("core.mark", what="b")
    rules: queue.Rules = yard.app.extensions["merx_jobs"]
    queue.follow(yard.app, replace(rules, enter=enter))
    yard.jobs["core.often"] = JobSpec("often", print, every=600)
    yard.run_due()
    with yard.app.app_context():
        assert arming.arm_periodic({}) == 1
    assert yard.left() == ["m2 b"]
    queue.follow(yard.app, rules)
    clock.advance(timedelta(minutes=2))
    yard.run_due()
    assert yard.left() == ["m2 b", "m1 a"]


def test_a_failure_nobody_can_be_told_of_is_still_a_failure(yard: Yard) -> None:
    def failed(job: Job, error: str) -> None:
        raise RuntimeError("no cases today")

    rules: queue.Rules = yard.app.extensions["merx_jobs"]
    queue.follow(yard.app, replace(rules, failed=failed))
    yard.jobs["core.once"] = replace(yard.jobs["core.fail"], tries=1)
    with yard.acting():
        queue.soon("core.once")
    yard.run_due()
    assert [(row.status, row.error) for row in yard.rows()] == [("failed", "RuntimeError: no")]
