"""Invariants of sending: lines, shipments and parcels count the same units."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from core.contracts.checkout import Check
from core.services.checks.finding import Found, check, keep, sentence, stream


def parcels_off_their_shipment() -> Found:
    """Shipments whose parcels do not hold what their lines say was sent."""
    return keep(_off_their_shipment())


def _off_their_shipment() -> Iterator[str]:
    """Read as a stream, a shipment at a time: what a parcel holds is JSON, which no two databases sum alike."""
    pieces = stream(
        """
        SELECT s.merchant_id, s.id, s.number, l.line_id, l.shipped, p.id AS parcel_id, p.contents
        FROM shipments AS s
        JOIN shipment_lines AS l ON l.merchant_id = s.merchant_id AND l.shipment_id = s.id
        LEFT JOIN parcels AS p ON p.merchant_id = s.merchant_id AND p.shipment_id = s.id
        """
    )
    for (merchant_id, _, number), of_one in groupby(pieces, key=lambda r: (r["merchant_id"], r["id"], r["number"])):
        sent: dict[UUID, int] = {}
        parcels: dict[UUID | None, dict[str, int]] = {}
        for row in of_one:
            sent[row["line_id"]] = row["shipped"]
            parcels[row["parcel_id"]] = _units(row["contents"])
        boxed: Counter[UUID] = Counter()
        for contents in parcels.values():
            boxed.update({UUID(line_id): units for line_id, units in contents.items()})
        if +boxed != +Counter(sent):
            told = f"shipment {number} says {_told(sent)} sent, its parcels hold {_told(boxed)}"
            yield sentence(merchant_id, told)


def _units(contents: Any) -> dict[str, int]:
    """SQLite gives JSON as text."""
    return (json.loads(contents) if isinstance(contents, str) else contents) or {}


def _told(units: Any) -> str:
    return f"{sum(units.values())} units of {sum(1 for many in units.values() if many)} lines"


CHECKS = (
    check(
        "line_shipped",
        "order {number}: {shipped} of line {sku} were sent, its shipments say {sent}",
        """
        SELECT l.merchant_id, o.number, l.sku, l.shipped, COALESCE(s.sent, 0) AS sent
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT merchant_id, line_id, SUM(shipped) AS sent FROM shipment_lines GROUP BY merchant_id, line_id
        ) AS s ON s.merchant_id = l.merchant_id AND s.line_id = l.id
        WHERE l.shipped <> COALESCE(s.sent, 0)
        """,
        "The parcels are the truth: compare with parcel_contents, then correct the line or the shipment.",
    ),
    check(
        "line_received",
        "order {number}: {received} of line {sku} were received, its received shipments say {sent}",
        """
        SELECT l.merchant_id, o.number, l.sku, l.received, COALESCE(s.sent, 0) AS sent
        FROM order_lines AS l
        JOIN orders AS o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT piece.merchant_id, piece.line_id, SUM(piece.shipped) AS sent FROM shipment_lines AS piece
            JOIN shipments AS s ON s.merchant_id = piece.merchant_id AND s.id = piece.shipment_id
            WHERE s.state = 'received' GROUP BY piece.merchant_id, piece.line_id
        ) AS s ON s.merchant_id = l.merchant_id AND s.line_id = l.id
        WHERE l.received <> COALESCE(s.sent, 0)
        """,
        "A shipment is received whole: write what its lines say into the order's line.",
    ),
    check(
        "shipment_states",
        "order {number}: shipment {shipment} is {state} with {shipped} of {quantity} units sent",
        """
        SELECT s.merchant_id, o.number, s.number AS shipment, s.state, COALESCE(l.shipped, 0) AS shipped,
            COALESCE(l.quantity, 0) AS quantity
        FROM shipments AS s
        JOIN orders AS o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
        LEFT JOIN (
            SELECT merchant_id, shipment_id, SUM(shipped) AS shipped, SUM(quantity) AS quantity FROM shipment_lines
            GROUP BY merchant_id, shipment_id
        ) AS l ON l.merchant_id = s.merchant_id AND l.shipment_id = s.id
        WHERE (s.state IN ('waiting', 'cancelled') AND COALESCE(l.shipped, 0) <> 0)
            OR (s.state = 'part_shipped' AND (l.shipped = 0 OR l.shipped = l.quantity))
            OR (s.state IN ('shipped', 'received') AND (COALESCE(l.shipped, 0) = 0 OR l.shipped <> l.quantity))
        """,
        "Ask the warehouse what left. Correct the units; if the state is wrong, its move log (log_ends) tells when it "
        "went astray.",
    ),
    Check(
        "parcel_contents",
        parcels_off_their_shipment,
        "Ask the warehouse what was in each parcel, then correct `shipped` of the shipment's lines.",
    ),
    check(
        "parcels_delivered",
        "order {number}: parcel {parcel} is said to be delivered, and no trail of it was ever signed for",
        """
        SELECT p.merchant_id, o.number, p.tracking_no AS parcel
        FROM parcels AS p
        JOIN shipments AS s ON s.merchant_id = p.merchant_id AND s.id = p.shipment_id
        JOIN orders AS o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
        WHERE p.delivered_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM tracks AS t
            WHERE t.merchant_id = p.merchant_id AND t.parcel_id = p.id
                AND t.status IN ('signed', 'returning', 'returned', 'lost', 'cancelled')
        )
        """,
        "The trail is the truth: empty `delivered_at` of the parcel, and look when the order counts as received.",
    ),
    check(
        "orders_to_send",
        "order {number} awaits shipment, and no shipment of it waits to be sent",
        """
        SELECT o.merchant_id, o.number
        FROM orders AS o
        WHERE o.state = 'awaiting_shipment' AND NOT EXISTS (
            SELECT 1 FROM shipments AS s
            WHERE s.merchant_id = o.merchant_id AND s.order_id = o.id AND s.state IN ('waiting', 'part_shipped')
        )
        """,
        "Nobody can send it: make the shipment that is missing, or give back what cannot be sent.",
    ),
)
