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
    └── GateFailed                gate-failed       422    100

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
