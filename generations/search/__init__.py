"""Finds the words of prompts and revised prompts, with one meaning on either database.

Words of scripts with spaces are found by their beginning, characters of scripts without spaces anywhere, and
every other sign is only itself. Width, case and accents make no difference.
"""

from generations.search.index import note, note_many
from generations.search.marking import Piece, marked
from generations.search.matching import matching

__all__ = ["Piece", "marked", "matching", "note", "note_many"]
