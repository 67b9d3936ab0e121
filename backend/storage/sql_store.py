"""The store on a SQL database, through SQLAlchemy: SQLite in the data folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.errors import StorageError
from backend.storage.store import Draft, NumberTakenError, Opened, Record

_metadata = MetaData()
_events = Table(
    "interview_events",
    _metadata,
    Column("interview_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("key", String(80), nullable=True),
    Column("body", Text, nullable=False),
    UniqueConstraint("interview_id", "key", name="one_answer_a_key"),
)


def open_sql_store(data_dir: Path) -> SqlStore:
    """The store in `data_dir/viva.db`, made if it is not there.

    Raises `StorageError` that names VIVA_DATA_DIR if the folder or the file cannot be used.
    """
    path = data_dir / "viva.db"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        engine: Engine = create_engine(f"sqlite:///{path}")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.rollback()
            _metadata.create_all(engine)
        finally:
            engine.dispose()
    except (OSError, DBAPIError) as error:
        cause = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        raise StorageError(
            f"cannot keep interviews in {data_dir} (VIVA_DATA_DIR): {cause}; name a folder you can write to"
        ) from error
    return SqlStore(create_async_engine(f"sqlite+aiosqlite:///{path}"))


class SqlStore:
    """`Store` on SQLite in WAL mode; a commit is on the disk before `append` returns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

        @event.listens_for(engine.sync_engine, "connect")
        def settle(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.close()

    async def append(self, interview_id: str, after: int, drafts: Sequence[Draft]) -> list[Record]:
        records = [
            Record(after + index, draft.kind, draft.at, draft.body, draft.key)
            for index, draft in enumerate(drafts, start=1)
        ]
        rows = [
            {
                "interview_id": interview_id,
                "number": record.number,
                "kind": record.kind,
                "at": record.at.astimezone(UTC).isoformat(),
                "key": record.key,
                "body": record.body,
            }
            for record in records
        ]
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(_events), rows)
        except IntegrityError as error:
            raise NumberTakenError("the interview has moved on; read it again") from error
        except DBAPIError as error:
            raise StorageError(
                f"the interview could not be written (VIVA_DATA_DIR): {error.orig}"
            ) from error
        return records

    async def read(self, interview_id: str) -> list[Record]:
        wanted = select(_events).where(_events.c.interview_id == interview_id)
        return [
            Record(row.number, row.kind, datetime.fromisoformat(row.at), row.body, row.key)
            for row in await self._rows(wanted.order_by(_events.c.number))
        ]

    async def interviews(self) -> list[Opened]:
        opened = func.min(_events.c.at).label("opened")
        wanted = (
            select(_events.c.interview_id, opened, func.count().label("records"))
            .group_by(_events.c.interview_id)
            .order_by(opened.desc())
        )
        return [
            Opened(row.interview_id, datetime.fromisoformat(row.opened), row.records)
            for row in await self._rows(wanted)
        ]

    async def close(self) -> None:
        await self._engine.dispose()

    async def _rows(self, wanted: Any) -> Sequence[Any]:
        try:
            async with self._engine.connect() as connection:
                return (await connection.execute(wanted)).all()
        except DBAPIError as error:
            raise StorageError(
                f"the interview could not be read (VIVA_DATA_DIR): {error.orig}"
            ) from error
