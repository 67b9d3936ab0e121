"""The search index over questions and reference passages, on Chroma with our own vectors.

The index is a cache: it can be rebuilt from the bank at any time, and it is whenever Chroma cannot
open it or it was made by another model. Vectors are kept by content hash, so that only what changed
is embedded again.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from backend.errors import StorageError
from backend.retrieval.embedder import Embedder

log = logging.getLogger(__name__)

CollectionName = Literal["questions", "passages"]
COLLECTIONS: tuple[CollectionName, ...] = ("questions", "passages")
FORMAT = "2"
CHUNK = 1000
OVER_FETCH = 8
NEVER_SYNC = 1_000_000
"""Vectors stay in the SQLite file: Chroma crashes the process on damaged files of its own graph."""


@dataclass(frozen=True)
class Item:
    """Something to find: `text` is embedded; area, level and kind are what a search can ask for."""

    id: str
    text: str
    area: str
    level: str = ""
    kind: str = ""

    @property
    def digest(self) -> str:
        parts = "\x1f".join((self.text, self.area, self.level, self.kind))
        return hashlib.sha256(parts.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Hit:
    """A found item: cosine similarity, -1 to 1, 1 being the same."""

    id: str
    score: float


@dataclass(frozen=True)
class Filter:
    """What hits must have; an empty field admits everything."""

    area: str | None = None
    level: str | None = None
    kind: str | None = None

    def admits(self, facts: dict[str, Any]) -> bool:
        return all(
            wanted is None or facts[name] == wanted
            for name, wanted in (("area", self.area), ("level", self.level), ("kind", self.kind))
        )

    @property
    def narrow(self) -> bool:
        return any((self.area, self.level, self.kind))


class Index:
    """One process owns the folder. Open it with `open_index`."""

    def __init__(self, client: Any, embedder: Embedder) -> None:
        self._embedder = embedder
        self._collections: dict[str, Any] = {
            name: client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata={
                    "model": embedder.name,
                    "format": FORMAT,
                    "hnsw:space": "cosine",
                    "hnsw:sync_threshold": NEVER_SYNC,
                },
            )
            for name in COLLECTIONS
        }

    @property
    def stamps(self) -> set[tuple[str, ...]]:
        """The model and the format that each collection says it was made with."""
        return {
            tuple(str(facts.get(name)) for name in ("model", "format"))
            for facts in self._metadata()
        }

    def _metadata(self) -> list[dict[str, Any]]:
        return [collection.metadata or {} for collection in self._collections.values()]

    def refresh(self, name: CollectionName, items: Sequence[Item]) -> int:
        """Makes the collection hold exactly `items`. Returns how many had to be embedded."""
        collection = self._collections[name]
        held = collection.get(include=["metadatas"])
        known = {
            item_id: facts["digest"]
            for item_id, facts in zip(held["ids"], held["metadatas"], strict=True)
        }
        wanted = {item.id: item for item in items}
        gone = [item_id for item_id in known if item_id not in wanted]
        stale = [item for item in wanted.values() if known.get(item.id) != item.digest]
        for chunk in _chunks(gone):
            collection.delete(ids=chunk)
        for chunk in _chunks(stale):
            collection.upsert(
                ids=[item.id for item in chunk],
                embeddings=self._embedder.encode([item.text for item in chunk]),
                metadatas=[
                    {
                        "digest": item.digest,
                        "area": item.area,
                        "level": item.level,
                        "kind": item.kind,
                    }
                    for item in chunk
                ],
            )
        return len(stale)

    def search(
        self, name: CollectionName, query: str, wanted: Filter | None = None, limit: int = 5
    ) -> list[Hit]:
        """The nearest items, best first. Filters are applied to an over-fetched list, because
        Chroma's own filters scan the whole collection."""
        wanted = wanted or Filter()
        collection = self._collections[name]
        count = collection.count()
        if not count:
            return []
        vector = np.asarray(self._embedder.encode([query]), dtype=np.float32)
        fetch = limit * OVER_FETCH if wanted.narrow else limit
        while True:
            fetch = min(fetch, count)
            found = collection.query(
                query_embeddings=vector, n_results=fetch, include=["metadatas", "distances"]
            )
            hits = [
                Hit(item_id, round(1 - float(distance), 4))
                for item_id, facts, distance in zip(
                    found["ids"][0], found["metadatas"][0], found["distances"][0], strict=True
                )
                if wanted.admits(facts)
            ]
            if len(hits) >= limit or fetch == count:
                return hits[:limit]
            fetch *= OVER_FETCH


def open_index(
    folder: Path, embedder: Embedder, contents: dict[CollectionName, list[Item]]
) -> Index:
    """The index in `folder`, holding exactly `contents`; rebuilt if it is damaged or not ours.

    Raises `StorageError` naming VIVA_DATA_DIR if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot write the index to {folder} (VIVA_DATA_DIR): {error.strerror}"
        ) from error
    try:
        index = _opened(folder, embedder)
        if index.stamps == {(embedder.name, FORMAT)}:
            _fill(index, contents)
            return index
        error: BaseException | str = "it was made by another model or an older format"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        # A damaged folder raises many kinds of error; panics of Chroma's Rust half are no `Exception`.
        error = failure
    log.warning("rebuilding the search index in %s: %s", folder, error)
    # A client keeps its folder open, so the new index gets a new one instead of the damaged one.
    _forget_clients()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        index = _opened(folder, embedder)
        _fill(index, contents)
        return index
    except Exception as error:
        raise StorageError(
            f"cannot build the search index in {folder} (VIVA_DATA_DIR): {error}"
        ) from error


def _opened(folder: Path, embedder: Embedder) -> Index:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    return Index(chromadb.PersistentClient(path=str(folder), settings=settings), embedder)


def _forget_clients() -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def _fill(index: Index, contents: dict[CollectionName, list[Item]]) -> None:
    for name, items in contents.items():
        changed = index.refresh(name, items)
        if changed:
            log.info("embedded %d of %d %s", changed, len(items), name)


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(items)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))
