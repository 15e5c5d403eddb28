"""The log: one JSON object a line on stderr (or words for a person at a terminal), with context and without secrets."""

import json
import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog
from flask import g, has_request_context

from core import redaction
from core.current import current_actor, current_merchant

FORMATS: Final = ("auto", "json", "text")
LEVELS: Final = ("debug", "info", "warning", "error")
#: libraries that say every step at level info
_CHATTY: Final = ("httpx", "httpcore", "alembic", "urllib3", "asyncio")
Event = MutableMapping[str, Any]


def configure(level: str = "info", form: str = "auto") -> None:
    """Take over every logger of this process, and what it would print when it dies.

    :param form: ``json``, ``text``, or ``auto``: text where stderr is a terminal.
    :raises ValueError: neither level nor form is known.
    """
    if form not in FORMATS or level not in LEVELS:
        raise ValueError(f"a log is {', '.join(FORMATS)} and begins at {', '.join(LEVELS)}, not {form!r} and {level!r}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form == "text" or (form == "auto" and sys.stderr.isatty())))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    # a line that cannot be formatted would be printed raw, with its arguments
    logging.raiseExceptions = False
    sys.excepthook = _last_words
    threading.excepthook = lambda args: _last_words(args.exc_type, args.exc_value, args.exc_traceback)


def formatter(for_people: bool) -> logging.Formatter:
    """What makes a line of a record, whoever logged it."""
    last: Any = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer(_json)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _context,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_secrets,
            last,
        ],
    )


def _context(_: Any, __: str, event: Event) -> Event:
    """Who works for whom, on what request."""
    try:
        actor = current_actor()
        event["request_id"], event["actor"] = actor.request_id, actor.kind
        if actor.id is not None:
            event["actor_id"] = str(actor.id)
        if actor.source == "job":
            event["job"] = actor.name
        event["merchant"] = current_merchant().code
    except RuntimeError:
        if has_request_context() and "request_id" in g:
            event["request_id"] = g.request_id
    return event


def _without_secrets(_: Any, __: str, event: Event) -> Event:
    return dict(redaction.redacted(event))


def _json(event: Any, **_: Any) -> str:
    return json.dumps(event, default=str, ensure_ascii=False)


def _last_words(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
    else:
        logging.getLogger("merx").critical("this process ends", exc_info=(kind, error, trace))
