"""From a quote to an order: everything is checked again, written once, and stock is taken last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from core import plugins
from core.contracts.checkout import Allocation, Quote, StockView
from core.current import current_merchant, setting
from core.db import add, among, fetch, with_rows
from core.errors import FieldError, OutOfStock, PriceChanged, Refused
from core.ids import new_id
from core.models import Adjustment, Instalment, Order, OrderLine, Share, Stock, Warehouse
from core.services import deadlines, moves, numbers, payments, stock, tenders
from core.services.pricing import Applied, Priced, at_fault, whole


def place(
    priced: Priced, *, expected_total: int, note: str | None, language: str | None, remark: str | None = None
) -> Order:
    """Make an order out of what was priced a moment ago, in this transaction.

    :param expected_total: the payable the buyer agreed to, minor units.
    :raises PriceChanged: it costs something else now; ``extra['quote']`` is filled by the door.
    :raises OutOfStock: not enough units; if somebody takes the last ones at this moment, the end of the transaction
        says so. :raises Refused: a plugin or a setting says no.
    """
    quote = priced.quote
    if expected_total != quote.payable:
        raise PriceChanged(
            f"It costs {quote.payable} now, not {expected_total}: show the new quote and ask again.",
            errors=(FieldError("/expected_total", f"would be accepted: {quote.payable}", "price_changed"),),
            priced=priced,
        )
    if quote.payable == 0 and not setting("allow_zero_pay"):
        raise Refused("This shop takes no orders over nothing.", code="zero_payable")
    _limit_unpaid(priced.unpaid)
    order = _write(priced, note, language)
    # tender accounts come before plugins' own rows in the order of locks
    _hold_adjustments(order, priced)
    moves.birth(order, "place", remark=remark)
    priced.entry.placed(priced.request, priced.wishes)
    deadlines.start_paying(order)
    deadlines.start(order, "remind")
    stock.reserve(order, _allocate(order, quote))
    if order.payable == 0:
        payments.settle_nothing(order)
    moves.follow(order)
    return order


def _hold_adjustments(order: Order, priced: Priced) -> None:
    """Points and the like: what lowers the price is set aside on the customer's account."""
    moves.made_here(order)
    for row, done in zip(order.adjustments, priced.adjustments, strict=True):
        if done.tender is not None and row.amount:
            tenders.hold_adjustment(order, row, done.tender, dict(done.given))


def _limit_unpaid(unpaid: int) -> None:
    limit = int(str(setting("open_unpaid_limit")))
    if unpaid >= limit:
        raise Refused(f"{limit} orders wait to be paid already: pay or cancel one first.", code="too_many_unpaid")


def _write(priced: Priced, note: str | None, language: str | None) -> Order:
    quote = priced.quote
    order = Order(
        id=new_id(),
        merchant_id=quote.merchant_id,
        number=numbers.order_number(),
        kind=quote.kind,
        entry=quote.entry,
        store_id=quote.store_id,
        customer_id=quote.customer_id,
        currency=quote.currency,
        language=language,
        delivery_method=quote.delivery_method,
        receiver=dict(quote.receiver) if quote.receiver else None,
        options=_plain(quote.options),
        note=note,
        goods_amount=sum(line.amount for line in quote.lines),
        freight_amount=quote.freight,
        payable=quote.payable,
        paid=0,
        refunded=0,
        first_order=quote.first_order,
        risk_hold=_risk(quote),
        event_seq=0,
        placed_at=quote.at,
    )
    lines = _write_lines(order, quote)
    adjustments = [_write_adjustment(order, n, done, lines) for n, done in enumerate(priced.adjustments)]
    return with_rows(
        order,
        lines=list(lines.values()),
        adjustments=adjustments,
        instalments=_write_instalments(order, quote),
        payments=[],
        refunds=[],
        shipments=[],
        reservations=[],
        deadlines=[],
    )


def _write_lines(order: Order, quote: Quote) -> dict[int | None, OrderLine]:
    """Position -> line; the freight's key is None."""
    lines: dict[int | None, OrderLine] = {}
    for line in quote.lines:
        lines[line.position] = add(
            OrderLine(
                merchant_id=order.merchant_id,
                order_id=order.id,
                position=line.position,
                kind="goods",
                variant_id=line.variant_id,
                sku=line.sku,
                title=line.title[:400],
                category=line.category,
                unit_price=line.unit_price,
                quantity=line.quantity,
                amount=line.amount,
                net=line.left,
                weight_grams=line.weight_grams,
                virtual=line.virtual,
            )
        )
    lines[None] = add(
        OrderLine(
            merchant_id=order.merchant_id,
            order_id=order.id,
            position=len(quote.lines),
            kind="freight",
            sku="freight",
            title="Freight",
            unit_price=quote.freight,
            quantity=1,
            amount=quote.freight,
            net=quote.freight_left,
        )
    )
    return lines


def _write_adjustment(order: Order, position: int, done: Applied, lines: Mapping[int | None, OrderLine]) -> Adjustment:
    row = add(
        Adjustment(
            merchant_id=order.merchant_id,
            order_id=order.id,
            position=position,
            layer=done.layer,
            source=done.source,
            ref=done.ref,
            title=done.title,
            amount=done.amount,
        )
    )
    for key, amount in done.shares.items():
        add(
            Share(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=lines[key].id,
                adjustment_id=row.id,
                amount=amount,
            )
        )
    return row


def _write_instalments(order: Order, quote: Quote) -> list[Instalment]:
    source, drafts = plugins.choose_named("choose_instalments", quote=quote)
    amounts = [whole(source, "choose_instalments", draft.amount) for draft in drafts]
    if sum(amounts) != quote.payable or min(amounts, default=-1) < 0:
        raise at_fault(source, "choose_instalments", f"instalments of {amounts} are no parts of {quote.payable}")
    return [
        add(
            Instalment(
                merchant_id=order.merchant_id,
                order_id=order.id,
                position=n,
                amount=draft.amount,
                opens_at=draft.opens_at,
                due_at=draft.due_at,
                refundable=draft.refundable,
                settled_at=None,
            )
        )
        for n, draft in enumerate(drafts, start=1)
    ]


def _risk(quote: Quote) -> str | None:
    above = setting("risk_hold_amount")
    return "amount" if isinstance(above, int) and quote.payable >= above else None


def _allocate(order: Order, quote: Quote) -> list[tuple[UUID, UUID, UUID, int]]:
    """(line id, warehouse id, variant id, units) for all that must be taken from a shelf."""
    goods = {line.position: line for line in order.lines if line.kind == "goods" and not line.virtual}
    if not goods:
        return []
    source, allocations = plugins.choose_named(
        "choose_allocation",
        quote=quote,
        stock=_shelves([line.variant_id for line in goods.values() if line.variant_id]),
    )
    if allocations is None:
        raise OutOfStock("Not enough units are left of at least one line.", errors=_short(quote))
    _check_allocation(source, allocations, {position: line.quantity for position, line in goods.items()})
    rows = []
    for allocation in allocations:
        line = goods[allocation.position]
        if line.variant_id is not None:
            rows.append((line.id, allocation.warehouse_id, line.variant_id, allocation.quantity))
    return rows


def _check_allocation(source: str, allocations: Sequence[Allocation], wanted: Mapping[int, int]) -> None:
    """Every line gets its units, and nothing else is given."""
    given: Counter[int] = Counter()
    for allocation in allocations:
        given[allocation.position] += whole(source, "choose_allocation", allocation.quantity)
    if dict(given) != dict(wanted) or any(allocation.quantity < 1 for allocation in allocations):
        raise at_fault(source, "choose_allocation", f"units {dict(given)} by line position, wanted {dict(wanted)}")


def _short(quote: Quote) -> list[FieldError]:
    shelves = _shelves([line.variant_id for line in quote.lines])
    errors = []
    for line in quote.lines:
        there = sum(row.available for row in shelves if row.variant_id == line.variant_id)
        wanted = sum(other.quantity for other in quote.lines if other.variant_id == line.variant_id)
        if not line.virtual and there < wanted:
            message = f"{there} of {line.sku} are left, {wanted} are wanted."
            errors.append(FieldError(f"/lines/{line.position}/quantity", message, "out_of_stock"))
    return errors


_SHELVES = (
    select(
        Warehouse.id.label("warehouse_id"),
        Warehouse.code.label("warehouse_code"),
        Warehouse.regions,
        Warehouse.position,
        Stock.variant_id,
        (Stock.on_hand - Stock.reserved).label("available"),
        Warehouse.latitude,
        Warehouse.longitude,
    )
    .join(Stock, (Stock.merchant_id == Warehouse.merchant_id) & (Stock.warehouse_id == Warehouse.id))
    .where(Stock.merchant_id == bindparam("merchant"), among(Stock.variant_id, "variants"), Warehouse.enabled)
)


def _shelves(variant_ids: Sequence[UUID]) -> list[StockView]:
    return [
        StockView(**row._asdict() | {"regions": tuple(row.regions)})
        for row in fetch(_SHELVES, merchant=current_merchant().id, variants=variant_ids)
    ]


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dict(values) for name, values in options.items()}
