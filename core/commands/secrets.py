"""`merx secrets`: seal every stored secret anew with the newest key, and see which keys are still needed."""

import sys
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from core.db import across_merchants, db, reading, transaction
from core.models import Merchant
from core.services import sealed_rows
from core.services.sealed_rows import Kind, kinds


@click.group("secrets")
def command() -> None:
    """What is sealed in the database, and the keys of MERX_SECRET_KEYS."""


@command.command()
@with_appcontext
def rotate() -> None:
    """Seal everything anew with the newest key, the first of MERX_SECRET_KEYS.

    May be stopped and started again at any time, while the shop runs. Ends with 1 if something could not be opened.
    """
    closed: list[str] = []
    total = 0
    for merchant_id, code in _merchants():
        done: Counter[str] = Counter()
        for kind in kinds():
            for renewed, lost in _renewed(kind, merchant_id):
                done[kind.name] += renewed
                closed += [f"{code}: {what}" for what in lost]
        total += done.total()
        told = ", ".join(f"{number} {name}" for name, number in done.items() if number) or "nothing to do"
        click.echo(f"{code}: {told}")
    click.echo(f"{total} sealed anew with the newest key.")
    for sentence in closed:
        click.echo(sentence, err=True)
    if closed:
        click.echo(f"{len(closed)} could not be opened: keep every key, and look at them.", err=True)
        sys.exit(1)


@command.command()
@with_appcontext
def status() -> None:
    """How many things each key opens; a key that opens none can be taken out. Ends with 1 if something stays shut."""
    counted: Counter[int | None] = Counter()
    closed: list[str] = []
    for merchant_id, code in _merchants():
        for kind in kinds():
            for rows in _batches(kind, merchant_id):
                for found in sealed_rows.look(kind, rows):
                    counted[found.position] += 1
                    if found.position is None:
                        closed.append(f"{code}: {kind.told(found.row)}: {found.why}")
    keys = current_app.config["SECRET_KEYS"]
    for position in range(len(keys)):
        name = "the newest" if position == 0 else "may go when it opens nothing in any process"
        click.echo(f"key {position + 1} of {len(keys)}: opens {counted[position]} ({name})")
    for sentence in closed:
        click.echo(sentence, err=True)
    sys.exit(1 if closed else 0)


def _merchants() -> list[tuple[int, str]]:
    with reading(), across_merchants():
        return [(row.id, row.code) for row in db.session().execute(select(Merchant.id, Merchant.code).order_by("id"))]


def _renewed(kind: Kind, merchant_id: int) -> Iterator[tuple[int, list[str]]]:
    after: UUID | None = None
    while True:
        with transaction():
            rows = sealed_rows.batch(kind, merchant_id, after, lock=True)
            if not rows:
                return
            after = rows[-1].id
            done = sealed_rows.renew(kind, rows)
        yield done["renewed"], done["closed"]


def _batches(kind: Kind, merchant_id: int) -> Iterator[list[object]]:
    after: UUID | None = None
    while True:
        with reading():
            rows = sealed_rows.batch(kind, merchant_id, after)
        if not rows:
            return
        after = rows[-1].id
        yield rows
