"""`merx doctor`: every invariant of core and of the installed plugins over all data; says how to mend what it finds."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from time import perf_counter

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core import plugins
from core.contracts.checkout import Check
from core.db import across_merchants, db, reading
from core.models import Merchant
from core.services.checks.finding import only_of

#: how every breach begins that is some merchant's
ABOUT = re.compile(r"merchant (\d+): ")
#: seconds from which on a check's time is worth telling
SLOW = 1.0


@dataclass
class Diagnosis:
    """What one check found.

    :param breaches: how many rows break it; *sentences* tell of the first of them.
    :param trouble: why it could not be asked; the others were.
    """

    plugin: str
    name: str
    breaches: int = 0
    sentences: list[str] = field(default_factory=list)
    mend: str | None = None
    trouble: str | None = None
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        """Whether it was asked and found nothing."""
        return not self.breaches and self.trouble is None


@click.command()
@click.option("--merchant", "code", metavar="CODE", help="Look at this merchant's rows alone.")
@click.option("--most", default=20, show_default=True, type=click.IntRange(0), help="Breaches told of each check.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as one JSON document.")
@with_appcontext
def command(code: str | None, most: int, as_json: bool) -> None:
    """Check every invariant over all data; changes nothing. Ends with 1 if something is wrong."""
    codes = _merchants()
    only = next((number for number, known in codes.items() if known == code), None)
    if code is not None and only is None:
        raise click.UsageError(f"There is no merchant {code!r}; there are: {', '.join(codes.values()) or 'none'}.")
    told: list[Diagnosis] = []
    for diagnosis in examine(codes, only, most):
        told.append(diagnosis)
        if not as_json:
            _tell(diagnosis)
    if as_json:
        _tell_json(told)
    sys.exit(0 if all(diagnosis.well for diagnosis in told) else 1)


def examine(codes: Mapping[int, str], only: int | None, most: int) -> Iterator[Diagnosis]:
    """Ask one check after the other, each of one picture of the data.

    :param only: the merchant whose rows are looked at; None = everybody's.
    :param most: so many breaches of each are told; the others are counted.
    """
    checks = plugins.checks()
    for number, (plugin, check) in enumerate(checks, start=1):
        _show_progress(f"{number}/{len(checks)} {plugin}: {check.name}")
        began = perf_counter()
        diagnosis = Diagnosis(plugin, check.name)
        try:
            with reading(), across_merchants(), only_of(only):
                _ask(check, diagnosis, codes, only, most)
        except Exception as trouble:
            # one plugin's broken check must not hide what the others find
            diagnosis.trouble = f"{type(trouble).__name__}: {str(trouble).partition(chr(10))[0][:300]}"
        diagnosis.seconds = perf_counter() - began
        _show_progress("")
        yield diagnosis


def _ask(check: Check, diagnosis: Diagnosis, codes: Mapping[int, str], only: int | None, most: int) -> None:
    diagnosis.mend = check.mend
    found = check.find()
    diagnosis.breaches = getattr(found, "beyond", 0)
    for sentence in found:
        about = ABOUT.match(sentence)
        if about and only not in (None, int(about[1])):
            # a plugin's check looks at every merchant
            continue
        diagnosis.breaches += 1
        if len(diagnosis.sentences) < most:
            named = codes.get(int(about[1])) if about else None
            diagnosis.sentences.append(ABOUT.sub(f"{named}: ", sentence, count=1) if named else sentence)


def _tell(diagnosis: Diagnosis) -> None:
    took = f" ({diagnosis.seconds:.1f} s)" if diagnosis.seconds >= SLOW else ""
    click.echo(f"{'ok   ' if diagnosis.well else 'WRONG'} {diagnosis.plugin}: {diagnosis.name}{took}")
    if diagnosis.trouble:
        click.echo(f"      It could not be checked: {diagnosis.trouble}")
    for sentence in diagnosis.sentences:
        click.echo(f"      {sentence}")
    if more := diagnosis.breaches - len(diagnosis.sentences):
        click.echo(f"      {'and ' if diagnosis.sentences else ''}{more} more")
    if diagnosis.breaches:
        click.echo(f"      To mend it: {diagnosis.mend}")


def _tell_json(told: list[Diagnosis]) -> None:
    document = {"well": all(one.well for one in told), "checks": [{**asdict(one), "well": one.well} for one in told]}
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _show_progress(text: str) -> None:
    """Where it is now, to whoever watches."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{text}", nl=False, err=True)


def _merchants() -> dict[int, str]:
    with reading():
        return {row.id: row.code for row in db.session().execute(select(Merchant.id, Merchant.code))}
