"""The wire shapes of cases and jobs."""

from core.schemas.fields import Choice, Code, Count, Identifier, In, JsonObject, Moment, Out, QueryIn, Text


class CaseOut(Out):
    """What needs a human."""

    id = Identifier()
    kind = Text()
    status = Choice("open", "resolved")
    title = Text(500)
    thing_kind = Text()
    thing_id = Identifier(allow_none=True)
    order_id = Identifier(allow_none=True)
    owner_id = Identifier(allow_none=True)
    remark = Text(500, allow_none=True)
    data = JsonObject()
    version = Count()
    opened_at = Moment()
    resolved_at = Moment(allow_none=True)
    resolved_by = Text(allow_none=True)


class CasesQuery(QueryIn):
    """Filters of the cases' list."""

    status = Choice("open", "resolved")
    kind = Code(max=60)
    owner_id = Identifier()
    order_id = Identifier()


class CaseCountsOut(Out):
    """Open cases by kind."""

    open = Count()
    kinds = JsonObject()


class CaseIn(In):
    """A case, given to somebody or written about."""

    owner_id = Identifier(allow_none=True)
    remark = Text(500)


class ResolveIn(In):
    """How it was dealt with."""

    remark = Text(500, required=True)


class JobOut(Out):
    """Something that will be done, or could not be."""

    id = Identifier()
    name = Text()
    key = Text(allow_none=True)
    status = Choice("waiting", "failed")
    due_at = Moment()
    tries = Count()
    error = Text(2000, allow_none=True)


class JobsQuery(QueryIn):
    """Filters of the jobs' list."""

    status = Choice("waiting", "failed")
    name = Text(100)
