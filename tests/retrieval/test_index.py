"""The search index: what is embedded again, what a filter admits, and how damage is mended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import chromadb
import pytest

from backend.bank.loader import Bank
from backend.errors import StorageError
from backend.retrieval.embedder import Embedder
from backend.retrieval.index import CollectionName, Filter, Hit, Index, Item, open_index
from backend.wiring import index_contents
from tests.word_embedder import WordEmbedder

Contents = dict[CollectionName, list[Item]]

QUESTIONS = [
    Item("monitoring/drift", "how inputs drift away", "monitoring", "mid", "technical"),
    Item("monitoring/alerts", "who answers the alerts", "monitoring", "senior", "design"),
    Item("statistics/samples", "how large samples are", "statistics", "mid", "technical"),
    Item("role/quarrel", "how a quarrel about drift ended", "role", "mid", "behavioural"),
]
PASSAGES = [Item("documents/monitoring.md#drift", "drift is not damage", "monitoring")]
CONTENTS: Contents = {"questions": QUESTIONS, "passages": PASSAGES}


def many(count: int) -> Contents:
    """Enough rows that the database spreads over many pages."""
    items = [
        Item(f"a/{i}", f"word{i} of pile{i % 7}", "even" if i % 2 == 0 else "odd", "mid", "design")
        for i in range(count)
    ]
    return {"questions": items, "passages": PASSAGES}


def ids(hits: list[Hit]) -> set[str]:
    return {hit.id for hit in hits}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_index(tmp_path / "index", WordEmbedder(), CONTENTS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 1,500 questions. Tests open copies of it, as another process would."""
    folder = tmp_path_factory.mktemp("built") / "index"
    open_index(folder, WordEmbedder(), many(1500))
    return folder


def test_the_nearest_item_comes_first_and_the_same_text_scores_one(index: Index) -> None:
    hits = index.search("questions", "how inputs drift away")
    assert hits[0] == Hit("monitoring/drift", 1.0)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1 for score in scores)


def test_questions_and_passages_are_searched_apart(index: Index) -> None:
    assert ids(index.search("passages", "drift")) == {"documents/monitoring.md#drift"}
    assert ids(index.search("questions", "drift", limit=100)) == {item.id for item in QUESTIONS}


def test_an_untouched_bank_is_not_embedded_again(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "index")
    embedder = WordEmbedder()
    again = open_index(tmp_path / "index", embedder, many(1500))
    assert embedder.encoded == []
    assert again.search("questions", "word77 of pile0")[0].id == "a/77"


def test_only_what_changed_is_embedded_again(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "index")
    contents = many(1500)
    items = contents["questions"]
    items[3] = replace(items[3], text="now about something else")
    items[4] = replace(items[4], level="senior")
    items.append(Item("a/new", "quite new", "even", "mid", "design"))
    embedder = WordEmbedder()
    index = open_index(tmp_path / "index", embedder, contents)
    assert embedder.encoded == ["now about something else", "word4 of pile4", "quite new"]
    assert index.search("questions", "now about something else")[0] == Hit("a/3", 1.0)
    assert ids(index.search("questions", "word4", Filter(level="senior"))) == {"a/4"}


def test_what_left_the_bank_is_not_found_any_more(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    open_index(tmp_path / "index", embedder, CONTENTS)
    index = open_index(tmp_path / "index", embedder, CONTENTS | {"questions": QUESTIONS[1:]})
    assert "monitoring/drift" not in ids(index.search("questions", "how inputs drift away"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(area="monitoring"), {"monitoring/drift", "monitoring/alerts"}),
        (Filter(level="mid"), {"monitoring/drift", "statistics/samples", "role/quarrel"}),
        (Filter(kind="technical"), {"monitoring/drift", "statistics/samples"}),
        (Filter("monitoring", "senior"), {"monitoring/alerts"}),
        (Filter("monitoring", "mid", "technical"), {"monitoring/drift"}),
        (Filter("monitoring", "junior"), set()),
        (Filter("astrology"), set()),
    ],
)
def test_a_filter_admits_what_has_all_that_it_asks_for(
    index: Index, wanted: Filter, found: set[str]
) -> None:
    assert ids(index.search("questions", "how drift", wanted, limit=10)) == found


def test_a_filter_finds_the_one_match_behind_hundreds_of_nearer_items(tmp_path: Path) -> None:
    near = [Item(f"near/{i}", f"drift of kind{i}", "near") for i in range(400)]
    far = Item("far/one", "nothing in common", "far")
    contents: Contents = {"questions": [*near, far], "passages": []}
    index = open_index(tmp_path / "index", WordEmbedder(), contents)
    assert ids(index.search("questions", "drift", Filter("far"), limit=1)) == {"far/one"}


def test_the_limit_holds_and_an_empty_collection_gives_nothing(tmp_path: Path) -> None:
    contents: Contents = {"questions": QUESTIONS, "passages": []}
    index = open_index(tmp_path / "index", WordEmbedder(), contents)
    assert len(index.search("questions", "drift", limit=2)) == 2
    assert index.search("passages", "drift") == []


def test_an_index_of_another_model_is_made_anew(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "index")
    other = WordEmbedder("another-model", dimension=32)
    index = open_index(tmp_path / "index", other, CONTENTS)
    assert len(other.encoded) == len(QUESTIONS) + len(PASSAGES)
    assert index.stamps == {("another-model", "2")}
    assert index.search("questions", "how inputs drift away")[0] == Hit("monitoring/drift", 1.0)


def test_a_chroma_folder_of_somebody_else_is_made_anew(tmp_path: Path) -> None:
    client = chromadb.PersistentClient(path=str(tmp_path / "index"))
    strange = client.create_collection("questions", embedding_function=None)
    strange.add(ids=["x"], embeddings=[[1.0, 2.0]], metadatas=[{"theirs": "yes"}])
    index = open_index(tmp_path / "index", WordEmbedder(), CONTENTS)
    assert ids(index.search("questions", "drift", limit=100)) == {item.id for item in QUESTIONS}


def garbage_everywhere(file: Path) -> None:
    file.write_bytes(bytes(range(255, -1, -1)) * (file.stat().st_size // 256))


def first_half_only(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def nothing_left(file: Path) -> None:
    file.write_bytes(b"")


def removed(file: Path) -> None:
    file.unlink()


Damage = Callable[[Path], None]
DAMAGES: list[Damage] = [garbage_everywhere, first_half_only, nothing_left, removed]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_database_is_built_again(built: Path, tmp_path: Path, damage: Damage) -> None:
    shutil.copytree(built, tmp_path / "index")
    damage(tmp_path / "index" / "chroma.sqlite3")
    embedder = WordEmbedder()
    index = open_index(tmp_path / "index", embedder, many(1500))
    assert len(embedder.encoded) == 1501
    assert index.search("questions", "word77 of pile0")[0] == Hit("a/77", 1.0)


@pytest.mark.parametrize("page", range(1, 60, 3))
def test_damage_to_any_page_of_the_database_is_survived(
    tmp_path: Path, built_small: Path, page: int
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built_small, folder)
    file = folder / "chroma.sqlite3"
    data = bytearray(file.read_bytes())
    start = page * 4096
    assert start < len(data)
    data[start : start + 9000] = b"\xa7" * len(data[start : start + 9000])
    file.write_bytes(data)
    index = open_index(folder, WordEmbedder(), many(200))
    assert index.search("questions", "word77 of pile0")[0] == Hit("a/77", 1.0)


@pytest.fixture(scope="module")
def built_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "index"
    open_index(folder, WordEmbedder(), many(200))
    return folder


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_to_the_graph_files_changes_no_result(
    built: Path, tmp_path: Path, damage: Damage
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    files = [file for file in folder.glob("*/*") if file.is_file()]
    assert any(file.name == "data_level0.bin" for file in files)
    for file in files:
        damage(file)
    index = open_index(folder, WordEmbedder(), many(1500))
    assert index.search("questions", "word77 of pile0")[0] == Hit("a/77", 1.0)


@pytest.mark.parametrize("place", ["index", "index/deeper"])
def test_a_folder_that_cannot_be_written_is_named_with_its_setting(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "index").write_text("a file stands where the folder should be")
    with pytest.raises(StorageError, match="VIVA_DATA_DIR") as caught:
        open_index(tmp_path / place, WordEmbedder(), CONTENTS)
    assert str(tmp_path / place) in str(caught.value)


def test_a_search_for_drift_finds_the_monitoring_questions_of_the_bank(
    bank: Bank, embedder: Embedder, model_dir: Path
) -> None:
    index = open_index(model_dir / "index", embedder, index_contents(bank))
    monitoring = index.search("questions", "how do I notice drift", Filter("monitoring"), 5)
    assert len(monitoring) == 5
    assert {bank.question(hit.id).area for hit in monitoring} == {"monitoring"}
    assert "drift" in bank.question(monitoring[0].id).ask
    anywhere = index.search("questions", "how do I notice drift", limit=3)
    assert anywhere[0] == monitoring[0]
    for area in bank.areas:
        found = index.search("questions", "how do I notice drift", Filter(area), limit=500)
        assert ids(found) == {question.id for question in bank.in_area(area)}
    (passage,) = index.search("passages", "how do I notice drift", limit=1)
    assert "drift" in bank.sections[passage.id].text.lower()
