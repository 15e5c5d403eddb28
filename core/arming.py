"""The sweep that arms periodic jobs: a merchant has one row of each, which moves on with every run."""

import logging

from sqlalchemy import select

from core import periodic, queue
from core.clock import now
from core.contracts.people import Actor
from core.current import acting
from core.db import across_merchants, reading, transaction
from core.ids import new_id
from core.models.merchant import Merchant
from core.models.record import Job

log = logging.getLogger("merx.jobs")


def arm_periodic(known: dict[int, int]) -> int:
    """Arm periodic jobs that are missing, for merchants that are new or whose plugins changed; answers how many.

    :param known: merchant -> plugin version at the last sweep, kept by the caller; empty = look at everybody.
    """
    with reading() as session, across_merchants():
        seen = {row.id: row.plugin_version for row in session.execute(select(Merchant.id, Merchant.plugin_version))}
    armed = 0
    for merchant_id, version in seen.items():
        if known.get(merchant_id) != version:
            known[merchant_id] = version
            try:
                armed += _arm(queue.rules_in_force(), merchant_id)
            except Exception:
                log.exception("the periodic jobs of merchant %s could not be armed", merchant_id)
    return armed


def _arm(rules: queue.Rules, merchant_id: int) -> int:
    with transaction() as session:
        # the lock keeps another dispatcher from arming the same
        merchant = rules.enter(session.get_one(Merchant, merchant_id, with_for_update=True))
        with acting(merchant, Actor("system", None, "arm_periodic", "job", str(new_id()))):
            there = select(Job.key).where(Job.merchant_id == merchant_id, Job.key.startswith(periodic.KEY))
            absent = periodic.missing(rules.wanted(), {key for key in session.scalars(there) if key})
            for name, spec in absent.items():
                queue.later(
                    name, periodic.next_time(spec, merchant.timezone, now()), key=periodic.key_of(name), fresh=True
                )
            return len(absent)
