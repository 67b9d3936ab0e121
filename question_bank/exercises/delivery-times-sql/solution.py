"""Reference solution: first deliveries only, impossible ones left out, and a feature without a look ahead."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

DELIVERED = """
WITH first_delivery AS (
    SELECT order_id, MIN(scanned_at) AS delivered_at
    FROM scans WHERE status = 'delivered' GROUP BY order_id
),
delivered AS (
    SELECT o.id, o.depot, o.ordered_at, f.delivered_at,
           (julianday(f.delivered_at) - julianday(o.ordered_at)) * 24 AS hours
    FROM orders o JOIN first_delivery f ON f.order_id = o.id
    WHERE f.delivered_at > o.ordered_at
)
"""

PER_DEPOT = (
    DELIVERED
    + """
SELECT d.depot, COALESCE(p.name, 'unknown'), COUNT(*), AVG(d.hours)
FROM delivered d LEFT JOIN depots p ON p.depot = d.depot
GROUP BY d.depot ORDER BY d.depot
"""
)

IMPOSSIBLE = """
SELECT o.id FROM orders o JOIN scans s ON s.order_id = o.id
WHERE s.status = 'delivered'
GROUP BY o.id HAVING MIN(s.scanned_at) <= o.ordered_at ORDER BY o.id
"""

# A row of the past counts if it had been delivered when this order was placed, not merely ordered.
FEATURE = (
    DELIVERED
    + """
SELECT now.id, AVG(past.hours)
FROM delivered now LEFT JOIN delivered past
  ON past.depot = now.depot
 AND past.delivered_at < now.ordered_at
 AND past.delivered_at >= datetime(now.ordered_at, '-7 days')
WHERE now.ordered_at >= '2026-06-01' AND now.ordered_at < '2026-07-01'
GROUP BY now.id ORDER BY now.id
"""
)


def solve(folder: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / "parcels.db")) as connection:
        return {
            "per_depot": connection.execute(PER_DEPOT).fetchall(),
            "impossible": [row[0] for row in connection.execute(IMPOSSIBLE)],
            "feature": dict(connection.execute(FEATURE).fetchall()),
        }
