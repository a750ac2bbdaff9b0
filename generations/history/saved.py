"""What a search that is kept under a name may be called, and how many of them one member keeps."""

from typing import Final

MOST: Final = 100  # of one member
LONGEST_NAME: Final = 80  # characters
LONGEST_ADDRESS: Final = 4000  # characters, as SavedSearch keeps it


def is_name(name: str) -> bool:
    return bool(name) and len(name) <= LONGEST_NAME and name.isprintable()
