"""How often a customer may name a card and a code that do not belong together."""

from datetime import timedelta
from uuid import UUID

from core import Customer, Refused, add, all_of, current_merchant, get, now
from plugins.stored_value.models import StoredValueGuess

MOST, WINDOW = 10, timedelta(hours=1)


class TooManyGuesses(Refused):
    """Codes are guessed; it ends when the window ends."""

    status = 429
    code = "too_many_requests"


def require_free(customer_id: UUID) -> None:
    """Nobody guesses side by side: the customer is locked until the transaction ends.

    :raises TooManyGuesses: MOST wrong ones within WINDOW.
    """
    get(Customer, current_merchant().id, customer_id, lock=True)
    row = _of(customer_id)
    if row is not None and row.count >= MOST and row.since + WINDOW > now():
        seconds = int((row.since + WINDOW - now()).total_seconds()) + 1
        raise TooManyGuesses(f"{MOST} wrong codes in an hour: try again in {seconds} seconds.", retry_after=seconds)


def count(customer_id: UUID) -> None:
    """One more wrong one."""
    row = _of(customer_id)
    if row is None:
        add(StoredValueGuess(merchant_id=current_merchant().id, customer_id=customer_id, since=now(), count=1))
    elif row.since + WINDOW <= now():
        row.since, row.count = now(), 1
    else:
        row.count += 1


def _of(customer_id: UUID) -> StoredValueGuess | None:
    found = all_of(StoredValueGuess, current_merchant().id, StoredValueGuess.customer_id == customer_id)
    return found[0] if found else None
