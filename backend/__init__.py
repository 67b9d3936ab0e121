"""Viva: rehearses, scripts and grades interviews for machine learning engineers.

The package is layered, and imports go down only (see `[tool.importlinter]` in pyproject.toml):

    web | cli
    wiring
    evaluation
    interview
    grading
    bank | retrieval | llm | storage
    settings | errors

A candidate's turn in four hops:
`web.candidate -> Interviewer.answer -> Grader.assess, next_move -> ChatModel.stream`.
"""

__version__ = "0.1.0"
