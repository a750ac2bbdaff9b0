"""What humans decide about cases: recorded beside what happened, never instead of it."""

from generations.review.deciding import decide, held_for, undo
from generations.review.ruling import NotAReviewer, Ruling, Undecided

__all__ = ["NotAReviewer", "Ruling", "Undecided", "decide", "held_for", "undo"]
