"""Adding up score sheets, mechanically.

Means, spreads and the places where raters differ, so that people know what to talk about. There is
no total, no ranking of candidates and no recommendation: the decision is made by people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadInput
from backend.scripts.kit import Kit
from backend.scripts.sheet import RaterSheet, Rating, ScoreSheet, read_sheet

DISAGREEMENT = 2
"""Two ratings of one item that are so many points apart are to be talked about."""

NOTICE = (
    "These figures were added up mechanically. They recommend nothing: people compare them with the"
    " notes and the requirements of the role, and decide."
)


@dataclass(frozen=True)
class ItemScore:
    """One item. `ratings` by rater; `mean` and `spread` (highest minus lowest) are None if unrated."""

    item: str
    competency: str
    title: str
    ratings: dict[str, int]
    mean: float | None
    spread: int | None


@dataclass(frozen=True)
class CompetencyScore:
    """One competency. `mean` is that of its rated items, each item counting once; `spread` is the
    difference between the highest and the lowest of the raters' own means, None with one rater."""

    competency: str
    rated: int
    items: int
    mean: float | None
    by_rater: dict[str, float]
    spread: float | None


@dataclass(frozen=True)
class CandidateScore:
    """All that was rated about one candidate, and what to talk about.

    `to_discuss` are the items whose ratings differ by `DISAGREEMENT` or more; `rated_once` those that
    a single person rated although there are several raters; `unrated` those nobody rated.
    """

    candidate: str
    raters: tuple[str, ...]
    competencies: tuple[CompetencyScore, ...]
    items: tuple[ItemScore, ...]
    to_discuss: tuple[str, ...]
    rated_once: tuple[str, ...]
    unrated: tuple[str, ...]


@dataclass(frozen=True)
class ScoreResult:
    """The figures for every candidate in the sheets, in the order of their names."""

    kit: str
    notice: str
    candidates: tuple[CandidateScore, ...]


def score_files(paths: Sequence[Path], kit: Kit | None = None) -> ScoreResult:
    """Adds up the sheets in all files. With `kit`, they must be sheets of that kit.

    Raises `BadInput` if files belong to different kits, or rate an item twice or that the kit lacks.
    """
    read = [(path, read_sheet(path)) for path in paths]
    first = read[0][1].kit if kit is None else kit.id
    for path, sheet in read:
        if sheet.kit != first:
            raise BadInput(f"{path}: kit: is {sheet.kit}, and the others are of kit {first}")
        if kit is not None:
            _check_items(path, sheet, kit)
    return ScoreResult(first, NOTICE, _candidates(read))


def _check_items(path: Path, sheet: ScoreSheet, kit: Kit) -> None:
    known = {item.key: item.competency for item in kit.items}
    for one in sheet.sheets:
        for row in one.ratings:
            if row.item not in known:
                raise BadInput(f"{path}: item: kit {kit.id} has no item {row.item!r}")
            if row.competency != known[row.item]:
                raise BadInput(
                    f"{path}: competency: item {row.item} of kit {kit.id} belongs to"
                    f" {known[row.item]!r}, not to {row.competency!r}"
                )


def _candidates(read: Sequence[tuple[Path, ScoreSheet]]) -> tuple[CandidateScore, ...]:
    sheets: dict[str, dict[str, RaterSheet]] = {}
    for path, sheet in read:
        for one in sheet.sheets:
            own = sheets.setdefault(one.candidate, {})
            if one.rater in own:
                raise BadInput(
                    f"{path}: rater: {one.rater!r} has a second sheet for candidate"
                    f" {one.candidate!r}; give each rater a name of their own"
                )
            seen: set[str] = set()
            for row in one.ratings:
                if row.item in seen:
                    raise BadInput(f"{path}: item: {one.rater!r} has two rows for {row.item}")
                seen.add(row.item)
            own[one.rater] = one
    return tuple(_candidate(name, own) for name, own in sorted(sheets.items()))


def _candidate(name: str, sheets: dict[str, RaterSheet]) -> CandidateScore:
    # Raters who gave nothing are rows that nobody filled in, not people who agree.
    active = {
        rater: one
        for rater, one in sheets.items()
        if any(row.rating is not None for row in one.ratings)
    }
    rows: dict[str, Rating] = {}
    for one in sheets.values():
        for row in one.ratings:
            rows.setdefault(row.item, row)
    items = tuple(_item(row, active) for row in rows.values())
    return CandidateScore(
        candidate=name,
        raters=tuple(active),
        competencies=tuple(
            _competency(title, [item for item in items if item.competency == title], active)
            for title in dict.fromkeys(item.competency for item in items)
        ),
        items=items,
        to_discuss=tuple(
            i.item for i in items if i.spread is not None and i.spread >= DISAGREEMENT
        ),
        rated_once=tuple(i.item for i in items if len(i.ratings) == 1 and len(active) > 1),
        unrated=tuple(i.item for i in items if not i.ratings),
    )


def _item(row: Rating, sheets: dict[str, RaterSheet]) -> ItemScore:
    given = {
        rater: found.rating
        for rater, one in sheets.items()
        for found in one.ratings
        if found.item == row.item and found.rating is not None
    }
    spread = max(given.values()) - min(given.values()) if given else None
    return ItemScore(row.item, row.competency, row.title, given, _mean(given.values()), spread)


def _competency(title: str, items: Sequence[ItemScore], raters: Iterable[str]) -> CompetencyScore:
    means = [item.mean for item in items if item.mean is not None]
    by_rater: dict[str, float] = {}
    for rater in raters:
        own = [item.ratings[rater] for item in items if rater in item.ratings]
        mean = _mean(own)
        if mean is not None:
            by_rater[rater] = mean
    apart = round(max(by_rater.values()) - min(by_rater.values()), 2) if len(by_rater) > 1 else None
    return CompetencyScore(title, len(means), len(items), _mean(means), by_rater, apart)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return round(sum(listed) / len(listed), 2) if listed else None
