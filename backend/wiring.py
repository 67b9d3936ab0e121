"""The one place where real parts meet: settings in, a working product out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from backend.bank.loader import Bank, load_bank
from backend.errors import BadInput
from backend.evaluation.judge import Judge
from backend.grading.answer_score import AnswerScorer
from backend.grading.claim_model import ClaimModel
from backend.grading.decoys import decoys_of
from backend.grading.entailment import Calibration, EmbeddedGrader, read_calibration
from backend.grading.features import ClaimReader
from backend.grading.llm_grader import LlmGrader
from backend.grading.spelling import Spelling
from backend.grading.verdict import Grader
from backend.interview.interviewer import Interviewer
from backend.interview.line_guard import LineGuard
from backend.interview.passages import Passages
from backend.interview.phrases import Phrases, read_phrases
from backend.interview.reply import WithModel
from backend.interview.speaker import Speaker
from backend.llm.chat_model import ChatModel
from backend.llm.endpoint import Memory, endpoint_of
from backend.llm.ledger import Budget, Ledger
from backend.llm.prompt_library import PromptLibrary
from backend.retrieval.embedder import Embedder, load_embedder
from backend.retrieval.index import CollectionName, Index, Item, open_index
from backend.retrieval.token_vectors import load_token_embedder
from backend.settings import ROOT, Role, Settings, shipped
from backend.storage.sql_store import open_sql_store
from backend.storage.store import Store


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Product:
    """The parts, each made when it is first needed, so that no command pays for what it does not use."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    given_embedder: Embedder | None = None
    given_grader: Grader | None = None
    given_store: Store | None = None
    given_chat: ChatModel | None = None
    given_reader: ClaimReader | None = None

    @cached_property
    def bank(self) -> Bank:
        return load_bank(self.settings.bank_dir)

    @cached_property
    def phrases(self) -> Phrases:
        return read_phrases(shipped("prompts"))

    @cached_property
    def embedder(self) -> Embedder:
        return self.given_embedder or load_embedder(
            self.settings.embedding_model, self.settings.data_dir
        )

    @cached_property
    def grader(self) -> Grader:
        """The grader that works on this machine alone."""
        return self.given_grader or self.embedded_grader_with(read_calibration())

    @cached_property
    def claim_model(self) -> ClaimModel:
        """Says whether a text states a claim; loaded once for grading and for scoring."""
        return ClaimModel()

    def embedded_grader_with(self, calibration: Calibration) -> EmbeddedGrader:
        """The embedded grader with another calibration, for fitting one."""
        spelling = Spelling(vocabulary_of(self.bank), self.claim_model.words())
        return EmbeddedGrader(
            self.embedder,
            self.given_reader or self.claim_model,
            self.bank.phrasings,
            spelling,
            calibration,
        )

    @cached_property
    def judge(self) -> Grader:
        """The grader that asks a language model too; without one, the grader of this machine."""
        chat = self.grader_chat
        if chat is None:
            return self.grader
        decoys = decoys_of(self.bank.questions.values())
        return LlmGrader(chat, self.prompts, self.grader, decoys, self.settings.grader_votes)

    @cached_property
    def scorer(self) -> AnswerScorer:
        """Scores graded-answer files; always on the packaged model, which its coefficients were fitted to."""
        return AnswerScorer(load_token_embedder(self.settings.data_dir), self.claim_model)

    @cached_property
    def prompts(self) -> PromptLibrary:
        return PromptLibrary(shipped("prompts"))

    @cached_property
    def ledger(self) -> Ledger:
        """What the language model was asked for, interview by interview."""
        settings = self.settings
        budget = Budget(
            calls=settings.session_calls,
            calls_per_minute=settings.session_calls_per_minute,
            tokens=settings.session_tokens,
        )
        return Ledger(budget, settings.data_dir, self.clock)

    @cached_property
    def interviewer_chat(self) -> ChatModel | None:
        """The language model that interviews; None in embedded mode."""
        return self._chat("interviewer")

    @cached_property
    def grader_chat(self) -> ChatModel | None:
        """The language model that grades; None in embedded mode."""
        return self._chat("grader")

    @cached_property
    def with_model(self) -> WithModel | None:
        """What a language model adds to an interview; None in embedded mode."""
        interviewer = self.interviewer_chat
        if interviewer is None:
            return None
        speaker = Speaker(
            chat=interviewer,
            prompts=self.prompts,
            guard=LineGuard(self.grader, self.embedder),
            passages=Passages(lambda: self.index, self.embedder, self.bank),
            bank=self.bank,
            tone=self.settings.tone,
        )
        return WithModel(self.judge, speaker)

    @cached_property
    def store(self) -> Store:
        return self.given_store or open_sql_store(self.settings.data_dir)

    @cached_property
    def index(self) -> Index:
        folder = self.settings.data_dir / "index"
        return open_index(folder, self.embedder, index_contents(self.bank))

    @cached_property
    def interviewer(self) -> Interviewer:
        return Interviewer(
            bank=self.bank,
            store=self.store,
            grader=self.grader,
            phrases=self.phrases,
            clock=self.clock,
            max_answer_chars=self.settings.max_answer_chars,
            with_model=self.with_model,
        )

    def _chat(self, role: Role) -> ChatModel | None:
        if self.given_chat or not self.settings.uses_model:
            return self.given_chat
        # LangChain takes a second and a half to import: only those who use it wait for it.
        from backend.llm.openai_chat import OpenAIChat
        from backend.llm.patience import Patience

        endpoint = endpoint_of(self.settings, role)
        memory = self._memories.setdefault(endpoint.model, Memory())
        patience = Patience(self.settings.model_retries)
        return OpenAIChat(endpoint, self.ledger, self.prompts, memory=memory, patience=patience)

    @cached_property
    def _memories(self) -> dict[str, Memory]:
        return {}


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    embedder: Embedder | None = None,
    grader: Grader | None = None,
    store: Store | None = None,
    chat: ChatModel | None = None,
    claim_reader: ClaimReader | None = None,
) -> Product:
    """The product these settings describe; any seam can be overridden."""
    return Product(settings, clock, embedder, grader, store, chat, claim_reader)


def vocabulary_of(bank: Bank) -> Iterator[str]:
    """Every text of the bank whose words an answer may use."""
    for question in bank.questions.values():
        yield from (question.ask, question.clarify)
        for item in question.expectations:
            yield from (item.claim, item.probe or "", item.hint or "")
    for claims in bank.phrasings.values():
        for phrasing in claims.values():
            yield from (*phrasing.said, *phrasing.near)
    for section in bank.sections.values():
        yield from (section.title, section.text)


def index_contents(bank: Bank) -> dict[CollectionName, list[Item]]:
    """What a search can find: every question by its title and wording, every note section by its text."""
    return {
        "questions": [
            Item(q.id, f"{q.title}. {q.ask}", q.area, q.level, q.kind)
            for q in bank.questions.values()
        ],
        "passages": [
            Item(s.reference, f"{s.title}. {s.text}", s.area) for s in bank.sections.values()
        ],
    }


GraderName = Literal["embedded", "llm", "consensus"]


def check_grader(name: GraderName) -> None:
    """Raises `BadInput` for a grader that needs a language model while none is connected."""
    if name != "embedded":
        raise BadInput(
            f"--grader {name}: no language model is connected to batches yet; use --grader embedded"
        )


def evaluation_judge(settings: Settings, grader: GraderName) -> Judge:
    """What grades a batch, made in the process that does the work. Raises `BadInput`."""
    check_grader(grader)
    product = build(settings)
    return Judge(product.bank, product.grader, lambda: product.scorer)


def grading_hash() -> str:
    """Twelve hex digits that change with any rule, coefficient or model of the local graders."""
    files = [path for name in ("grading", "retrieval") for path in (ROOT / name).rglob("*")]
    files += [ROOT / "bank" / "wording.py", ROOT / "evaluation" / "judge.py"]
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.suffix in (".py", ".json", ".onnx"):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
