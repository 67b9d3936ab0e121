"""Retries: how many, how far apart, and when not to begin."""

from __future__ import annotations

import pytest

from backend.errors import (
    ModelAccessDenied,
    ModelError,
    ModelRateLimited,
    ModelServerFault,
    ModelUnreachable,
)
from backend.llm.patience import Patience, until_done
from tests.llm.conftest import Pauses


class Attempts:
    """Raises these errors one after the other, then succeeds."""

    def __init__(self, *errors: ModelError) -> None:
        self._errors = list(errors)
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done"


def patience(pauses: Pauses, chance: float = 0.0, retries: int = 5) -> Patience:
    return Patience(retries, now=lambda: sum(pauses.slept), sleep=pauses, chance=lambda: chance)


async def test_pauses_double_and_are_jittered_within_half_of_their_length() -> None:
    low, high = Pauses(), Pauses()
    errors = [ModelServerFault("x") for _ in range(5)]
    await patience(low, 0.0).persist(Attempts(*errors), 100)
    await patience(high, 1.0).persist(Attempts(*errors), 100)
    assert low.slept == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert high.slept == [0.5, 1.0, 2.0, 4.0, 8.0]


async def test_a_server_that_names_a_time_is_never_asked_earlier() -> None:
    pauses = Pauses()
    await patience(pauses, 1.0).persist(Attempts(ModelRateLimited("x", retry_after=4)), 100)
    assert pauses.slept == [4.5]


async def test_a_pause_beyond_the_deadline_is_not_begun() -> None:
    pauses, attempts = Pauses(), Attempts(*(ModelUnreachable("x") for _ in range(9)))
    with pytest.raises(ModelUnreachable):
        await patience(pauses, retries=9).persist(attempts, 2.0)
    assert sum(pauses.slept) < 2.0
    assert attempts.made == 4


async def test_what_cannot_pass_is_not_tried_again() -> None:
    attempts = Attempts(ModelAccessDenied("x"))
    with pytest.raises(ModelAccessDenied):
        await patience(Pauses()).persist(attempts, 100)
    assert attempts.made == 1


async def test_a_server_fault_can_be_taken_as_final_and_a_rate_limit_still_passes() -> None:
    attempts = Attempts(ModelRateLimited("x"), ModelServerFault("x"))
    with pytest.raises(ModelServerFault):
        await patience(Pauses()).persist(attempts, 100, faults_pass=False)
    assert attempts.made == 2


async def test_blocking_works_with_and_without_a_running_loop() -> None:
    assert until_done(Attempts()) == "done"


def test_an_error_comes_out_of_blocking_as_itself() -> None:
    with pytest.raises(ModelUnreachable):
        until_done(Attempts(ModelUnreachable("x")))
