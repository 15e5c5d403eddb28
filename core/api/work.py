"""Doors of what waits for people and for time: cases and jobs."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import func, select

from core import queue
from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import db, get, reading, transaction
from core.models import Case, Job
from core.schemas.work import CaseCountsOut, CaseIn, CaseOut, CasesQuery, JobOut, JobsQuery, ResolveIn
from core.services import cases

blp = admin_blueprint("work", __name__, "Cases and jobs.")


@blp.get("/cases")
@needs("cases.read")
@blp.arguments(CasesQuery, location="query")
@blp.response(200, CaseOut(many=True))
@paged
def list_cases(query: dict[str, Any]) -> Response:
    """What needs a human, newest first."""
    with reading():
        return page(CaseOut, Case, *(getattr(Case, name) == value for name, value in query.items()))


@blp.get("/cases/counts")
@needs("cases.read")
@blp.response(200, CaseCountsOut)
def count_cases() -> Response:
    """How many cases are open, by kind."""
    query = (
        select(Case.kind, func.count())
        .where(Case.merchant_id == current_merchant().id, Case.status == "open")
        .group_by(Case.kind)
    )
    with reading():
        kinds: dict[str, int] = dict(db.session().execute(query).all())
        return answer(CaseCountsOut, {"open": sum(kinds.values()), "kinds": kinds})


@blp.get("/cases/<uuid:case_id>")
@needs("cases.read")
@blp.response(200, CaseOut)
def show_case(case_id: UUID) -> Response:
    """One case."""
    with reading():
        return answer(CaseOut, get(Case, current_merchant().id, case_id))


@blp.patch("/cases/<uuid:case_id>")
@needs("cases.write")
@blp.arguments(CaseIn)
@blp.response(200, CaseOut)
def change_case(body: dict[str, Any], case_id: UUID) -> Response:
    """Give it to somebody, or write down what is known."""
    with transaction():
        case = get(Case, current_merchant().id, case_id, lock=True)
        check_version(case)
        if "owner_id" in body:
            cases.assign(case, body["owner_id"])
        if "remark" in body:
            cases.remark(case, body["remark"])
        return answer(CaseOut, case)


@blp.post("/cases/<uuid:case_id>/resolve")
@needs("cases.write")
@blp.arguments(ResolveIn)
@blp.response(200, CaseOut)
@idempotent
def resolve_case(body: dict[str, Any], case_id: UUID) -> Response:
    """It is dealt with; the remark says how."""
    with transaction():
        case = cases.resolve(get(Case, current_merchant().id, case_id, lock=True), body["remark"])
        return answer(CaseOut, case)


@blp.post("/jobs/<uuid:job_id>/retry")
@needs("settings.write")
@blp.response(200, JobOut)
@idempotent
def retry_job(job_id: UUID) -> Response:
    """What made it fail is mended: try it once more, from now on."""
    with transaction():
        return answer(JobOut, queue.try_again(get(Job, current_merchant().id, job_id, lock=True)))


@blp.get("/jobs")
@needs("settings.read")
@blp.arguments(JobsQuery, location="query")
@blp.response(200, JobOut(many=True))
@paged
def list_jobs(query: dict[str, Any]) -> Response:
    """What will be done by itself, and what could not be."""
    with reading():
        return page(JobOut, Job, *(getattr(Job, name) == value for name, value in query.items()))
