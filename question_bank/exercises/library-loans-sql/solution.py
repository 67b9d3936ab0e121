"""Reference solution: one return for each loan, outcomes that are really known, no look ahead."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

KNOWN = """
WITH first_return AS (
    SELECT loan_id, MIN(returned_on) AS returned_on FROM returns GROUP BY loan_id
),
outcome AS (
    SELECT l.id, l.member, l.branch, l.lent_on, r.returned_on,
           CASE WHEN julianday(COALESCE(r.returned_on, '2026-06-30')) - julianday(l.lent_on) > 28
                THEN 1 ELSE 0 END AS late
    FROM loans l LEFT JOIN first_return r ON r.loan_id = l.id
)
"""

# Cut by the day of the loan: every loan of that time has had its 28 days, whether it came back or not.
PER_BRANCH = (
    KNOWN
    + """
SELECT branch, COUNT(*), AVG(late) FROM outcome
WHERE lent_on < date('2026-06-30', '-28 days') GROUP BY branch ORDER BY branch
"""
)

UNKNOWN = (
    KNOWN
    + """
SELECT COUNT(*) FROM outcome WHERE returned_on IS NULL AND late = 0
"""
)

FEATURE = (
    KNOWN
    + """
SELECT now.id, COUNT(past.id)
FROM outcome now LEFT JOIN outcome past
  ON past.member = now.member AND past.late = 1 AND past.returned_on < now.lent_on
WHERE now.lent_on >= '2026-05-01' AND now.lent_on < '2026-06-01'
GROUP BY now.id ORDER BY now.id
"""
)


def solve(folder: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / "library.db")) as connection:
        return {
            "per_branch": connection.execute(PER_BRANCH).fetchall(),
            "unknown": connection.execute(UNKNOWN).fetchone()[0],
            "feature": dict(connection.execute(FEATURE).fetchall()),
        }
