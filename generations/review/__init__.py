"""What humans decide about cases: recorded beside what happened, never instead of it."""

from generations.review.deciding import (
    NotAReviewer,
    Ruling,
    Undecided,
    decide,
    held_for,
    undo,
)

__all__ = ["NotAReviewer", "Ruling", "Undecided", "decide", "held_for", "undo"]
