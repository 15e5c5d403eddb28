"""Durable jobs: later(), soon(), forget() write rows in the caller's transaction; run() and run_due() run them.

A job is a row, true when the transaction is. rq only carries its id (``core/carrier.py``), and the embedded worker does
without. A job may run twice, even side by side: it re-checks, and then calls one service or flow.
"""

import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, current_app

from core import claims, metrics, periodic, redaction
from core.alarm import Overran, alarm
from core.claims import Claimed
from core.clock import now
from core.contracts.checkout import JobSpec
from core.contracts.people import Actor, MerchantView
from core.current import acting, current_actor, current_merchant
from core.db import add, after_commit, db, in_transaction, notes, require_transaction, transaction, waiting
from core.db_writing import Part, Shape
from core.errors import Refused
from core.ids import new_id
from core.models.merchant import Merchant
from core.models.record import Job

log = logging.getLogger("merx.jobs")

#: rows claimed at once
BATCH = 20
#: how long a job waits whose code is not installed (any more)
ABSENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Rules:
    """What the queue must be told, since it stands below plugins and services.

    :param find: name -> its JobSpec, None if nobody here has it.
    :param enter: a merchant's row -> its view, with its plugins made ready; asked inside a scope.
    :param is_on: whether jobs of this plugin may run for the current merchant.
    :param wanted: every job of core and of the current merchant's enabled plugins.
    :param failed: told inside a transaction of a job that is out of tries.
    :param margin: how much longer than its limit a job may stay away until somebody else gets it.
    :param carry: hands rows that are due now to the workers after commit; None = they come and fetch them.
    """

    find: Callable[[str], JobSpec | None]
    enter: Callable[[Merchant], MerchantView]
    is_on: Callable[[str], bool]
    wanted: Callable[[], Mapping[str, JobSpec]]
    failed: Callable[[Job, str], None]
    margin: timedelta = timedelta(seconds=60)
    carry: Callable[[list[Claimed]], None] | None = None

    def lease_for(self, name: str) -> timedelta:
        """How long a run of *name* may stay away."""
        spec = self.find(name)
        return timedelta(seconds=spec.limit if spec else 0) + self.margin


def follow(app: Flask, rules: Rules) -> None:
    """Tell the queue of *app* its rules, once, at start."""
    app.extensions["merx_jobs"] = rules


def rules_in_force() -> Rules:
    """The rules of the current app."""
    found: Rules = current_app.extensions["merx_jobs"]
    return found


# ---------------------------------------------------------------------------------------------- writing
def later(name: str, due_at: datetime, *, key: str | None = None, fresh: bool = False, **args: Any) -> None:
    """Do *name* at *due_at*, once this transaction is committed. A service.

    :param name: ``core.<job>`` or ``<plugin>.<job>``.
    :param key: at most one row of a merchant has it: one that is there already is replaced.
    :param fresh: the key cannot be taken, since it carries an id made just now: saves looking.
    :param args: JSON values or UUIDs; what is named ``*_id`` arrives as UUID again.
    :raises ValueError: there is no such job. :raises TypeError: an argument cannot be kept.
    """
    require_transaction()
    rules = rules_in_force()
    if rules.find(name) is None:
        raise ValueError(f"no job is called {name!r}: core's stand in core/jobs.py, a plugin's in its register_jobs")
    if key is not None and not fresh:
        forget(key)
    merchant_id, moment = current_merchant().id, now()
    job = Job(
        merchant_id=merchant_id, id=new_id(), plugin=name.partition(".")[0], name=name, key=key,
        args={word: _kept(name, word, value) for word, value in args.items()},
        due_at=due_at, request_id=current_actor().request_id,
    )  # fmt: skip
    if rules.carry is not None and due_at <= moment:
        job.lease, job.leased_until = job.id, moment + rules.lease_for(name)
        _carry_after_commit(rules.carry, Claimed(merchant_id, job.id, job.plugin, name, 0))
    add(job)


def soon(name: str, *, key: str | None = None, fresh: bool = False, **args: Any) -> None:
    """Do *name* as soon as this transaction is committed; see :func:`later`."""
    later(name, now(), key=key, fresh=fresh, **args)


def forget(*keys: str) -> None:
    """Do not do what stands under *keys*; what is not there is no error. One that runs right now runs to its end."""
    require_transaction()
    merchant_id, here = current_merchant().id, waiting()
    # what this very transaction has added is not in the table yet
    here.new = [row for row in here.new if not (isinstance(row, Job) and row.key in keys)]
    rows = [{"merchant_id": merchant_id, "key": key} for key in keys]
    if rows:
        here.parts.append(Part(Shape("delete", Job.__tablename__, match=("merchant_id", "key")), rows))


def try_again(job: Job) -> Job:
    """A job that gave up gets all its tries once more, from now on. The row is locked.

    :raises Refused: it did not give up.
    """
    if job.status != "failed":
        raise Refused(f"The job {job.name} is {job.status}: only a failed one can be tried again.", code="not_failed")
    job.status, job.tries, job.error, job.due_at = "waiting", 0, None, now()
    return job


def _kept(name: str, word: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    raise TypeError(f"job {name!r}: {word}={value!r} cannot be kept; give JSON values or UUIDs, never objects")


def _given(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        word: UUID(value) if word.endswith("_id") and isinstance(value, str) else value for word, value in args.items()
    }


def _carry_after_commit(carry: Callable[[list[Claimed]], None], row: Claimed) -> None:
    mind = notes()
    rows: list[Claimed] | None = mind.get("jobs_to_carry")
    if rows is None:
        rows = mind["jobs_to_carry"] = []
        to_carry = rows
        after_commit(lambda: carry(to_carry))
    rows.append(row)


# ---------------------------------------------------------------------------------------------- running
def claim(limit: int, without: Collection[str] = ()) -> list[Claimed]:
    """Lease up to *limit* due rows of any merchant, in a transaction of its own.

    :param without: plugins whose rows stay where they are.
    """
    with transaction():
        return claims.claim(limit, rules_in_force().lease_for, without)


def run_due(limit: int | None = None, go_on: Callable[[float], bool] | None = None) -> int:
    """Run what is due, here and now, until nothing is or *limit* jobs were run; answers how many.

    :param go_on: asked before each run, and told for how many seconds it may be away; False ends it all.
    """
    done, rules = 0, rules_in_force()
    while limit is None or done < limit:
        batch = claim(BATCH if limit is None else min(BATCH, limit - done))
        if not batch:
            break
        for position, one in enumerate(batch):
            if go_on is not None and not go_on(rules.lease_for(one.name).total_seconds()):
                with transaction():
                    claims.give_back(batch[position:])
                return done
            run(one.merchant_id, one.id)
            done += 1
    return done


def run(merchant_id: int, job_id: UUID) -> bool:
    """Run one job: whatever it raises is kept in its row and tried again. False = there was nothing to run."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context():
        try:
            entered = _take(rules_in_force(), merchant_id, job_id)
            if entered is None:
                return False
            job, merchant = entered
            actor = Actor("system", None, job.name, "job", job.request_id or str(new_id()))
            with acting(merchant, actor):
                _run_taken(rules_in_force(), job)
        except Exception:
            # one merchant's broken settings must not stop everybody's jobs: it comes back when its lease is over
            log.exception("job %s of merchant %s could not be begun or ended", job_id, merchant_id)
    return True


def _take(rules: Rules, merchant_id: int, job_id: UUID) -> tuple[Job, MerchantView] | None:
    with transaction() as session:
        job = claims.take(merchant_id, job_id, new_id(), rules.lease_for)
        if job is None:
            return None
        merchant = session.get_one(Merchant, merchant_id)
        return job, rules.enter(merchant)


def _run_taken(rules: Rules, job: Job) -> None:
    spec = rules.find(job.name)
    if spec is None:
        log.warning("job %s: nobody here has it; it waits for its plugin to come back", job.name)
        metrics.job(job.name, "absent")
        with transaction():
            claims.put_off(job, now() + ABSENT, tries=job.tries - 1, error="no such job is installed")
    elif not rules.is_on(job.plugin):
        log.info("job %s dropped: its plugin is off for merchant %s", job.name, job.merchant_id)
        metrics.job(job.name, "dropped")
        with transaction():
            claims.end(job)
    elif job.tries > spec.tries:
        _failed(rules, job, spec, job.error or "its worker died each time it was tried")
    else:
        _try(rules, job, spec)


def _try(rules: Rules, job: Job, spec: JobSpec) -> None:
    metrics.job_began(job.name, (now() - job.due_at).total_seconds())
    began = time.perf_counter()
    try:
        with alarm(spec.limit):
            spec.run(**_given(job.args))
    except (Exception, Overran) as trouble:
        _leave_scope()
        # a row, a case and staff will show it
        error = redaction.redact(f"{type(trouble).__name__}: {trouble}")[:2000]
        log.warning("job %s (try %s of %s): %s", job.name, job.tries, spec.tries, error, exc_info=trouble)
        if job.tries >= spec.tries:
            _failed(rules, job, spec, error)
            return
        with transaction():
            claims.put_off(job, now() + pause(job.tries), tries=job.tries, error=error)
        metrics.job(job.name, "failed")
        return
    finally:
        metrics.job_took(job.name, time.perf_counter() - began)
    with transaction():
        _done(job, spec)
    metrics.job(job.name, "done")


def _leave_scope() -> None:
    """A job may have been cut off anywhere, even while its transaction was being undone."""
    if in_transaction():
        db.session().rollback()
    db.session().expunge_all()
    db.session().info.clear()


def _done(job: Job, spec: JobSpec, error: str | None = None) -> None:
    if job.key == periodic.key_of(job.name) and periodic.is_periodic(spec):
        again = periodic.next_time(spec, current_merchant().timezone, now(), job.due_at)
        claims.put_off(job, again, tries=0, error=error)
    else:
        claims.end(job)


def _failed(rules: Rules, job: Job, spec: JobSpec, error: str) -> None:
    """Out of tries: a person must know. A periodic job still comes back at its next time."""
    log.error("job %s gave up after %s tries: %s", job.name, min(job.tries, spec.tries), error)
    metrics.job(job.name, "gave_up")

    def give_up(tell: bool) -> None:
        with transaction():
            if job.key == periodic.key_of(job.name):
                _done(job, spec, error)
            elif not claims.give_up(job, error):
                return
            if tell:
                rules.failed(job, error)

    try:
        give_up(tell=True)
    except Exception:
        log.exception("job %s: nobody could be told that it gave up", job.name)
        give_up(tell=False)


def pause(tries: int) -> timedelta:
    """How long to wait after *tries* failures: 10 s, 30 s, 90 s ... an hour at most, a quarter more or less."""
    return timedelta(seconds=min(10 * 3 ** (tries - 1), 3600) * random.uniform(0.75, 1.25))
