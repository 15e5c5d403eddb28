"""Every error of ours, sorted by what the caller may do next.

::

    MerxError
    ├── BadRequest            400   the request cannot be read
    ├── Unauthenticated       401   no token, or one that is not valid here
    ├── Distrusted            401   a notification whose signature does not hold
    ├── Forbidden             403   the token is good, the permission is missing
    ├── NotFound              404   not there, or not yours: we do not tell which
    ├── Refused               409   the shop says no; nothing has changed
    │   ├── MoveRefused             the lifecycle has no such row from here
    │   ├── OutOfStock              fewer units are available than asked for
    │   ├── StillRunning            the same Idempotency-Key is being worked on
    │   ├── Contradiction           a channel tells what cannot be: another amount, currency, payee or outcome
    │   └── InUse                   something alive still needs it
    ├── PreconditionFailed    412   If-Match names an older version
    ├── TooLarge              413   the body or file is over the limit
    ├── Unsupported           415   the content type or file type is not taken
    ├── Invalid               422   understood, but a value is not acceptable
    │   ├── PriceChanged            expected_total is not what it costs now
    │   └── KeyReused               one Idempotency-Key, two different bodies
    ├── PreconditionRequired  428   an edit must say which version it edits
    ├── TooMany               429   a limit of tries is used up
    ├── ChannelTrouble        502   a payment channel or courier
    │   ├── ChannelDown             never reached: safe to try again
    │   ├── ChannelUnsure           reached, outcome unknown: ask before trying again
    │   └── ChannelRefused          reached, and it said no
    ├── PluginTrouble         500   a plugin raised; the error names it
    └── Unavailable           503   the shop cannot answer now

The wire shape of all of them is one problem document (RFC 9457), made in ``core/api/problems.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field.

    :param pointer: JSON Pointer into the body (``/lines/0/quantity``), or the name of the query value or header.
    :param message: what was wrong and what would be accepted.
    :param code: stable snake_case word.
    :param location: ``body``, ``query``, ``path`` or ``header``.
    """

    pointer: str
    message: str
    code: str = "invalid"
    location: str = "body"


class MerxError(Exception):
    """Every error of ours.

    :param detail: one sentence for a person: what was wrong, where, what would be accepted.
    :param code: stable snake_case word; the class has a default.
    :param errors: the fields at fault, if any.
    :param extra: further members of the problem document (``allowed_actions``, ``quote`` ...).
    """

    status: ClassVar[int] = 500
    code: str = "internal_error"

    def __init__(
        self, detail: str, *, code: str | None = None, errors: Sequence[FieldError] = (), **extra: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.extra = extra


class BadRequest(MerxError):
    """The request cannot be read."""

    status = 400
    code = "bad_request"


class Unauthenticated(MerxError):
    """No token, or one that is not valid here."""

    status = 401
    code = "unauthenticated"


class Distrusted(MerxError):
    """A notification whose signature does not hold."""

    status = 401
    code = "distrusted"


class Forbidden(MerxError):
    """The token is good, the permission is missing."""

    status = 403
    code = "forbidden"


class NotFound(MerxError):
    """Not there, or not yours: we do not tell which."""

    status = 404
    code = "not_found"


class Refused(MerxError):
    """The shop says no; nothing has changed."""

    status = 409
    code = "refused"


class MoveRefused(Refused):
    """The lifecycle has no such row from here, or a guard or plugin said no."""

    code = "move_refused"


class OutOfStock(Refused):
    """Fewer units are available than asked for."""

    code = "out_of_stock"


class StillRunning(Refused):
    """The same Idempotency-Key is being worked on."""

    code = "idempotency_in_progress"


class Contradiction(Refused):
    """A channel tells what cannot be: another amount, currency, payee or outcome; nothing is booked, a person looks."""

    code = "contradiction"


class InUse(Refused):
    """Something alive still needs it; ``extra`` lists what."""

    code = "in_use"


class PreconditionFailed(MerxError):
    """If-Match names an older version."""

    status = 412
    code = "version_changed"


class TooLarge(MerxError):
    """The body or file is over the limit."""

    status = 413
    code = "too_large"


class Unsupported(MerxError):
    """The content type or file type is not taken."""

    status = 415
    code = "unsupported_media_type"


class Invalid(MerxError):
    """Understood, but a value is not acceptable."""

    status = 422
    code = "invalid"

    @classmethod
    def field(cls, pointer: str, message: str, code: str = "invalid", location: str = "body") -> "Invalid":
        """One refused field: the usual case, in one call."""
        return cls(message, code=code, errors=(FieldError(pointer, message, code, location),))


class PriceChanged(Invalid):
    """``expected_total`` is not what it costs now; ``extra['quote']`` is the new quote."""

    code = "price_changed"


class KeyReused(Invalid):
    """One Idempotency-Key, two different bodies."""

    code = "idempotency_key_reused"


class PreconditionRequired(MerxError):
    """An edit must say which version it edits."""

    status = 428
    code = "precondition_required"


class TooMany(MerxError):
    """A limit of tries is used up; ``extra['retry_after']`` says for how many seconds."""

    status = 429
    code = "too_many_requests"


class ChannelTrouble(MerxError):
    """A payment channel or courier did not do what was asked."""

    status = 502
    code = "channel_trouble"


class ChannelDown(ChannelTrouble):
    """Never reached: safe to try again."""

    code = "channel_down"


class ChannelUnsure(ChannelTrouble):
    """Reached, outcome unknown: ask before trying again."""

    code = "channel_unsure"


class ChannelRefused(ChannelTrouble):
    """Reached, and it said no."""

    code = "channel_refused"


class PluginTrouble(MerxError):
    """A plugin raised; the error names the plugin and the hook, never its secrets."""

    code = "plugin_trouble"


class Unavailable(MerxError):
    """The shop cannot answer now."""

    status = 503
    code = "unavailable"
