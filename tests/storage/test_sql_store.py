"""The store: append-only, numbered, one record a key, and still there after reopening."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.errors import StorageError
from backend.storage.sql_store import SqlStore, open_sql_store
from backend.storage.store import Draft, NumberTakenError, Record, Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def draft(body: str = "{}", key: str | None = None, at: datetime = NOW) -> Draft:
    return Draft(kind="answer", at=at, body=body, key=key)


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = open_sql_store(tmp_path)
    yield opened
    await opened.close()


async def test_records_are_numbered_from_one_and_read_in_order(store: SqlStore) -> None:
    first = await store.append("a", 0, [draft("one"), draft("two")])
    second = await store.append("a", 2, [draft("three", key="key-00001")])
    assert [record.number for record in first + second] == [1, 2, 3]
    assert await store.read("a") == first + second
    assert second == [Record(3, "answer", NOW, "three", "key-00001")]


async def test_an_unknown_interview_has_no_records(store: SqlStore) -> None:
    assert await store.read("nobody") == []


async def test_interviews_do_not_see_each_other(store: SqlStore) -> None:
    await store.append("a", 0, [draft("of a", key="same-key")])
    await store.append("b", 0, [draft("of b", key="same-key")])
    assert [record.body for record in await store.read("a")] == ["of a"]
    assert [record.body for record in await store.read("b")] == ["of b"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Ω 東京 🙂 e\u0301",
        "'; DROP TABLE interview_events; --",
        'a "quoted"\n\r\tline',
        "x" * 1_000_000,
    ],
    ids=["nothing", "any script", "quotes", "line ends", "a million characters"],
)
async def test_a_body_comes_back_character_by_character(store: SqlStore, body: str) -> None:
    await store.append("a", 0, [draft(body)])
    (record,) = await store.read("a")
    assert record.body == body


async def test_times_come_back_as_the_same_moment(store: SqlStore) -> None:
    there = datetime(2026, 7, 1, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await store.append("a", 0, [draft(at=there)])
    (record,) = await store.read("a")
    assert record.at == there
    assert record.at.utcoffset() == timedelta(0)


async def test_a_number_can_be_taken_once(store: SqlStore) -> None:
    await store.append("a", 0, [draft("first")])
    with pytest.raises(NumberTakenError):
        await store.append("a", 0, [draft("late")])
    assert [record.body for record in await store.read("a")] == ["first"]


async def test_of_many_that_append_after_the_same_number_one_wins(tmp_path: Path) -> None:
    stores = [open_sql_store(tmp_path) for _ in range(4)]
    await stores[0].append("a", 0, [draft("opening")])
    results = await asyncio.gather(
        *(item.append("a", 1, [draft(f"from {i}")]) for i, item in enumerate(stores)),
        return_exceptions=True,
    )
    won = [result for result in results if isinstance(result, list)]
    assert len(won) == 1
    assert sum(isinstance(result, NumberTakenError) for result in results) == 3
    assert await stores[0].read("a") == [*(await stores[3].read("a"))[:1], *won[0]]
    for item in stores:
        await item.close()


async def test_a_key_can_be_used_once_in_an_interview(store: SqlStore) -> None:
    await store.append("a", 0, [draft("first", key="key-00001")])
    with pytest.raises(NumberTakenError):
        await store.append("a", 1, [draft("again", key="key-00001")])
    assert [record.body for record in await store.read("a")] == ["first"]


async def test_records_without_a_key_do_not_clash(store: SqlStore) -> None:
    await store.append("a", 0, [draft("one"), draft("two"), draft("three")])
    assert len(await store.read("a")) == 3


async def test_several_records_are_added_all_or_none(store: SqlStore) -> None:
    await store.append("a", 0, [draft("first", key="key-00001")])
    with pytest.raises(NumberTakenError):
        await store.append("a", 1, [draft("second"), draft("third", key="key-00001")])
    assert [record.body for record in await store.read("a")] == ["first"]


def test_the_store_has_no_way_to_change_or_remove_a_record() -> None:
    public = {name for name, _ in inspect.getmembers(SqlStore, callable) if name[0] != "_"}
    promised = {name for name, _ in inspect.getmembers(Store, callable) if name[0] != "_"}
    assert public == promised == {"append", "read", "interviews", "close"}


async def test_interviews_are_listed_the_newest_first(store: SqlStore) -> None:
    await store.append("old", 0, [draft(), draft(at=NOW + timedelta(days=9))])
    await store.append("new", 0, [draft(at=NOW + timedelta(hours=1))])
    listed = await store.interviews()
    assert [(item.interview_id, item.records) for item in listed] == [("new", 1), ("old", 2)]
    assert listed[1].at == NOW


async def test_records_survive_closing_and_reopening(tmp_path: Path) -> None:
    first = open_sql_store(tmp_path)
    written = await first.append("a", 0, [draft("kept", key="key-00001")])
    await first.close()
    second = open_sql_store(tmp_path)
    assert await second.read("a") == written
    await second.append("a", 1, [draft("more")])
    with pytest.raises(NumberTakenError):
        await second.append("a", 2, [draft("again", key="key-00001")])
    await second.close()


async def test_what_append_returned_from_is_seen_by_another_connection_at_once(
    store: SqlStore, tmp_path: Path
) -> None:
    await store.append("a", 0, [draft("acknowledged")])
    other = sqlite3.connect(tmp_path / "viva.db")
    assert other.execute("SELECT body FROM interview_events").fetchall() == [("acknowledged",)]
    other.close()


async def test_a_closed_store_lets_go_of_its_files(tmp_path: Path) -> None:
    store = open_sql_store(tmp_path)
    await store.append("a", 0, [draft("kept")])
    assert (tmp_path / "viva.db-wal").exists()
    await store.close()
    await store.close()
    assert names_in(tmp_path) == ["viva.db"]


async def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    store = open_sql_store(tmp_path / "one" / "two")
    await store.append("a", 0, [draft("kept")])
    await store.close()
    assert (tmp_path / "one" / "two" / "viva.db").is_file()


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_used_is_named_with_its_setting(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("a file stands where the folder should be")
    with pytest.raises(StorageError, match="VIVA_DATA_DIR") as caught:
        open_sql_store(tmp_path / place)
    assert str(tmp_path / place) in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "viva.db").write_text("these are my holiday notes " * 100)
    with pytest.raises(StorageError, match=r"VIVA_DATA_DIR.*not a database"):
        open_sql_store(tmp_path)
    assert (tmp_path / "viva.db").read_text() == "these are my holiday notes " * 100


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "viva.db").mkdir()
    with pytest.raises(StorageError, match="VIVA_DATA_DIR"):
        open_sql_store(tmp_path)


async def test_a_database_that_goes_away_is_a_storage_error(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = open_sql_store(tmp_path / "data")
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(StorageError, match="VIVA_DATA_DIR"):
        await store.append("a", 0, [draft()])
    with pytest.raises(StorageError, match="VIVA_DATA_DIR"):
        await store.read("a")
    with pytest.raises(StorageError, match="VIVA_DATA_DIR"):
        await store.interviews()
    await store.close()
    # A connection that fails leaves its thread to say so to this loop: let it, before the loop ends.
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join)


async def test_a_write_that_another_process_blocks_for_good_is_a_storage_error(
    tmp_path: Path,
) -> None:
    store = open_sql_store(tmp_path)
    await store.append("a", 0, [draft("before")])
    hog = sqlite3.connect(tmp_path / "viva.db", isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked"):
        await store.append("a", 1, [draft("blocked")])
    hog.execute("ROLLBACK")
    hog.close()
    assert [record.body for record in await store.read("a")] == ["before"]
    await store.append("a", 1, [draft("after")])
    await store.close()
