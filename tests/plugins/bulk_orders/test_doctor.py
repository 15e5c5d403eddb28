"""What `merx doctor` finds of bulk work: each check bites when somebody changed a row by hand."""

import pytest
from sqlalchemy import text

from core.db import across_merchants, reading, transaction
from plugins.bulk_orders import checks
from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import BuyerActor, Shop


def by_hand(shop: Shop, statement: str) -> None:
    """Past every wall."""
    with shop.merchant.app.app_context(), across_merchants(), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "undo", "found"),
    [
        ("bulk_rows SET parcel_id = NULL", None, "line 2 of batch"),
        ("bulk_rows SET order_number = 'SO0'", None, "has no parcel of order SO0"),
        ("bulk_rows SET parcel_id = (SELECT max(parcel_id) FROM bulk_rows)", None, "of another row"),
        ("bulk_batches SET rows = 3", "bulk_batches SET rows = 2", "counts 3 rows and has 2"),
        ("bulk_rows SET status = 'ready'", "bulk_rows SET status = 'done'", "is done, and 2 of its rows wait"),
    ],
)
def test_a_row_changed_by_hand_is_found(
    change: str, undo: str | None, found: str, desk: Desk, shop: Shop, mei: BuyerActor
) -> None:
    (order,) = desk.paid_orders(mei, 1, {"tea": 2})
    desk.commits(desk.uploads(f"{order.number},,SF,SF1,tea,1,,", f"{order.number},,SF,SF2,tea,1,,"))
    by_hand(shop, "CREATE TABLE before AS SELECT id, parcel_id, order_number FROM bulk_rows")
    by_hand(shop, f"UPDATE {change}")
    with shop.merchant.app.app_context(), across_merchants(), reading():
        sentences = [*checks.parcels(), *checks.counts(), *checks.ends()]
    assert any(found in sentence for sentence in sentences), sentences
    assert all(sentence.startswith(f"merchant {shop.merchant.id}: ") for sentence in sentences)
    kept = "SELECT {} FROM before WHERE before.id = bulk_rows.id"
    names = ("parcel_id", "order_number")
    by_hand(shop, f"UPDATE {undo or 'bulk_rows SET ' + ', '.join(f'{name} = ({kept.format(name)})' for name in names)}")
