"""What a candidate gets for an exercise, besides the data."""

from __future__ import annotations

from backend.bank.exercise import Exercise


def brief_text(exercise: Exercise) -> str:
    """The brief as Markdown: the task, the limit, what to hand in and which files there are."""
    deliver = "\n".join(f"- {line}" for line in exercise.deliver)
    files = "\n".join(f"- `{file.name}`: {file.about}" for file in exercise.files)
    return (
        f"# {exercise.title}\n\nTime limit: {exercise.minutes} minutes.\n\n{exercise.brief}\n\n"
        f"## To hand in\n\n{deliver}\n\n## Files\n\n{files}\n"
    )
