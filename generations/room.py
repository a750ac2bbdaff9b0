"""Whether something failed because a disk is full, whoever says so and in whatever way."""

import errno

from django.db import OperationalError

_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_OF_POSTGRESQL = "53100"


def is_full(error: BaseException) -> bool:
    """Return whether an error, or what caused it, means that there is no room left.

    The system says so by a number, PostgreSQL by a code, and SQLite in words.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _NUMBERS:
            return True
        if isinstance(cause, OperationalError) and "disk is full" in str(cause):
            return True
        if getattr(cause, "sqlstate", "") == _OF_POSTGRESQL:
            return True
        cause = cause.__cause__
    return False
