"""`merx merchant`: make a merchant with its first owner, and list them."""

from typing import Any

import click
from flask.cli import with_appcontext
from marshmallow import ValidationError
from sqlalchemy import select

from core.contracts.people import Actor
from core.current import acting
from core.db import db, reading, transaction
from core.ids import new_id, secret_token
from core.models import Merchant
from core.schemas.fields import Code, Currency, In, Language, Text, Timezone
from core.services import merchants, people, sign_in


class MerchantIn(In):
    """What a merchant is made from."""

    code = Code(required=True)
    name = Text(200, required=True)
    currency = Currency(required=True)
    timezone = Timezone(required=True)
    language = Language(required=True)


@click.group("merchant")
def command() -> None:
    """The merchants of this installation."""


@command.command()
@click.argument("code")
@click.option("--name", help="What people call it; the code if left out.")
@click.option("--currency", default="CNY", show_default=True, help="ISO 4217 code.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="IANA name.")
@click.option("--language", default="zh", show_default=True, help="Language of its texts.")
@click.option("--owner", default="owner", show_default=True, help="Login of its first member of staff.")
@click.option("--password", envvar="MERX_PASSWORD", help="The owner's; made up and shown once if left out.")
@with_appcontext
def create(code: str, owner: str, password: str | None, **about: str | None) -> None:
    """Make a merchant called CODE, with an owner who may do everything."""
    values = _checked({"code": code, **about, "name": about["name"] or code})
    secret = password or secret_token(16)
    kept = sign_in.hash_password(secret)
    actor = Actor("system", None, "merx merchant create", "cli", str(new_id()))
    with transaction():
        row = merchants.create_merchant(values.pop("code"), values.pop("name"), **values)
        with acting(merchants.view(row), actor):
            people.create_member(owner, owner, kept, ["owner"])
    click.echo(f"merchant {code} is there; its owner signs in as {owner!r}")
    if password is None:
        click.echo(f"with the password {secret} (shown once)")


@command.command("list")
@with_appcontext
def list_merchants() -> None:
    """Every merchant: code, name, currency, time zone, language."""
    with reading():
        rows = list(db.session().scalars(select(Merchant).order_by(Merchant.id)))
    for row in rows:
        click.echo("\t".join((row.code, row.name, row.currency, row.timezone, row.language)))


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = MerchantIn().load(values)
    except ValidationError as wrong:
        told: dict[str, list[Any]] = dict(wrong.messages_dict)
        lines = [f"{name}: {' '.join(map(str, said))}" for name, said in told.items()]
        raise click.UsageError("\n".join(lines)) from wrong
    return loaded
