"""Every error Viva raises on purpose, in one tree with stable codes.

    VivaError                     code              HTTP   exit
    ├── BadInput                  bad-input         422    2
    │   ├── UnknownArea           unknown-area      422    2
    │   ├── UnknownQuestion       unknown-question  404    2
    │   ├── AnswerRefused         answer-refused    422    2
    │   ├── BadRows               bad-rows          422    2
    │   └── RunRefused            run-refused       422    2
    ├── BankError                 bank-error        500    3
    ├── InterviewNotFound         no-such-interview 404    2
    ├── InterviewClosedError      interview-closed  409    2
    ├── TurnInFlight              turn-in-flight    409    2
    ├── KeyReused                 key-reused        422    2
    ├── ReportNotReady            report-not-ready  409    2
    ├── ModelFilesError           model-files       500    4
    ├── StorageError              storage-error     503    5
    ├── CannotServe               cannot-serve      500    6
    ├── CannotPrint               cannot-print      500    8
    ├── EvaluationCrashed         evaluation-crashed 500   1
    ├── GateFailed                gate-failed       422    100
    ├── PromptError               prompt-error      500    3
    │   ├── UnknownPrompt         unknown-prompt    500    3
    │   └── PromptInputsWrong     prompt-inputs     500    3
    └── ModelError                model-error       503    7
        ├── ModelUnreachable      model-unreachable 503    7
        ├── ModelTimedOut         model-timed-out   504    7
        ├── ModelRateLimited      model-rate-limit  503    7
        ├── ModelServerFault      model-server      503    7
        ├── ModelAccessDenied     model-access      503    7
        ├── ModelUnknown          model-unknown     503    7
        ├── ModelRequestRefused   model-request     503    7
        ├── ModelDeclined         model-declined    503    7
        ├── ModelBadReply         model-bad-reply   503    7
        ├── ModelCutOff           model-cut-off     503    7
        └── ModelBudgetSpent      model-budget      503    7

The message is written for the person who can act on it: it names the field, the file and line,
or the flag to change. `http_status` and `exit_code` are the only mappings to the outside.
"""

from __future__ import annotations

from dataclasses import dataclass


class VivaError(Exception):
    """Base of everything Viva raises on purpose."""

    code = "viva-error"
    http_status = 500
    exit_code = 1


class BadInput(VivaError):
    """Something the caller sent can be corrected by the caller."""

    code = "bad-input"
    http_status = 422
    exit_code = 2


class UnknownArea(BadInput):
    """A skill area that the bank does not have."""

    code = "unknown-area"


class UnknownQuestion(BadInput):
    """A question id that the bank does not have."""

    code = "unknown-question"
    http_status = 404


class AnswerRefused(BadInput):
    """An answer that cannot be taken as text: empty, too long or binary."""

    code = "answer-refused"


class BadRows(BadInput):
    """A data set has rows that cannot be graded; `problems` lists the first of `count`."""

    code = "bad-rows"

    def __init__(self, file: str, problems: list[str], count: int) -> None:
        self.problems = problems
        self.count = count
        noun = "row" if count == 1 else "rows"
        lines = "\n".join(f"  {file}:{problem}" for problem in problems)
        more = f"\n  ... and {count - len(problems)} more" if count > len(problems) else ""
        super().__init__(
            f"{file}: {count} {noun} cannot be graded; nothing has been graded yet:\n{lines}{more}\n"
            "correct them, or give --on-error skip to leave them out"
        )


class RunRefused(BadInput):
    """A folder does not hold the run that was asked for, or results would be mixed."""

    code = "run-refused"


@dataclass(frozen=True)
class BankProblem:
    """One thing wrong with one place of the bank.

    `file` is relative to the bank's folder; `line` counts from 1 and is 0 where no line applies;
    `field` is a dotted path such as `expectations.2.probe`; `rule` is the stable name of the check.
    """

    file: str
    line: int
    field: str
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        return f"{place}:{field} {self.message} [{self.rule}]"


class BankError(VivaError):
    """The question bank cannot be loaded; `problems` says where and why."""

    code = "bank-error"
    exit_code = 3

    def __init__(self, problems: list[BankProblem]) -> None:
        self.problems = problems
        count = len(problems)
        noun = "problem" if count == 1 else "problems"
        lines = "\n".join(f"  {problem}" for problem in problems[:20])
        more = f"\n  ... and {count - 20} more" if count > 20 else ""
        super().__init__(f"the question bank has {count} {noun}:\n{lines}{more}")


class InterviewNotFound(VivaError):
    """No interview has this id."""

    code = "no-such-interview"
    http_status = 404
    exit_code = 2


class InterviewClosedError(VivaError):
    """The interview has ended and takes no more answers."""

    code = "interview-closed"
    http_status = 409
    exit_code = 2


class TurnInFlight(VivaError):
    """The same interview is working on another message right now."""

    code = "turn-in-flight"
    http_status = 409
    exit_code = 2


class KeyReused(VivaError):
    """An idempotency key came back with a different text."""

    code = "key-reused"
    http_status = 422
    exit_code = 2


class ReportNotReady(VivaError):
    """The report exists once the interview has been closed."""

    code = "report-not-ready"
    http_status = 409
    exit_code = 2


class ModelFilesError(VivaError):
    """The embedding model's files are missing, changed or not usable."""

    code = "model-files"
    exit_code = 4


class StorageError(VivaError):
    """The database or the data folder cannot be read or written."""

    code = "storage-error"
    http_status = 503
    exit_code = 5


class CannotServe(VivaError):
    """The server cannot start: the port is taken or the host is not this machine's."""

    code = "cannot-serve"
    exit_code = 6


class EvaluationCrashed(VivaError):
    """A batch could not go on; what was graded before is kept."""

    code = "evaluation-crashed"
    exit_code = 1


class GateFailed(VivaError):
    """A rule of `--fail-under` does not hold."""

    code = "gate-failed"
    http_status = 422
    exit_code = 100


class CannotPrint(VivaError):
    """A PDF cannot be made: what prints it is not installed, or fails."""

    code = "cannot-print"
    exit_code = 8


class PromptError(VivaError):
    """A prompt file is missing a part, malformed or not in agreement with itself."""

    code = "prompt-error"
    exit_code = 3


class UnknownPrompt(PromptError):
    """No prompt file has this name."""

    code = "unknown-prompt"


class PromptInputsWrong(PromptError):
    """A prompt was rendered without an input it declares, or with one that it does not."""

    code = "prompt-inputs"


class ModelError(VivaError):
    """A language model gave nothing usable. Whoever asked goes on without it.

    `lasting` says that trying again cannot help until somebody changes a setting. The message holds
    no word of the conversation; `detail` is what the endpoint said, which may, and is for `doctor`.
    """

    code = "model-error"
    http_status = 503
    exit_code = 7
    lasting = False

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class ModelUnreachable(ModelError):
    """No connection: wrong address, nothing listening, no network, no certificate."""

    code = "model-unreachable"


class ModelTimedOut(ModelError):
    """The endpoint took the request and did not answer in the time that was set."""

    code = "model-timed-out"
    http_status = 504


class ModelRateLimited(ModelError):
    """The endpoint asks for fewer requests (429). `retry_after` is in seconds, if it named a time."""

    code = "model-rate-limit"

    def __init__(self, message: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, detail)
        self.retry_after = retry_after


class ModelServerFault(ModelError):
    """The endpoint failed by its own account (a status of 500 or above)."""

    code = "model-server"


class ModelAccessDenied(ModelError):
    """The endpoint does not accept the key (401, 403), or the account may not spend more."""

    code = "model-access"
    lasting = True


class ModelUnknown(ModelError):
    """The endpoint does not have this model, or does not speak the protocol at this address (404)."""

    code = "model-unknown"
    lasting = True


class ModelRequestRefused(ModelError):
    """The endpoint calls the request wrong (400, 413, 422): too long, or a part it does not know."""

    code = "model-request"


class ModelDeclined(ModelError):
    """The model refused to answer this request, or a content filter did."""

    code = "model-declined"


class ModelBadReply(ModelError):
    """A reply came and is of no use: empty, not JSON, or not of the shape that was asked for."""

    code = "model-bad-reply"


class ModelCutOff(ModelError):
    """The reply ended before it was finished: a broken connection, or the limit on its length."""

    code = "model-cut-off"


class ModelBudgetSpent(ModelError):
    """This interview has used up what it may spend on calls or tokens; nothing was sent."""

    code = "model-budget"
