"""The places at which a worker can be made to fail. The only module that knows how the engine is written.

Nothing of this is in production: `armed.py` wraps these functions in the processes of a stand.
"""

from dataclasses import dataclass
from typing import Literal

_CALLING = "generations.execution.calling"
_SETTLING = "generations.execution.settling"
_SPOOL = "generations.images_api.spool"


@dataclass(frozen=True, slots=True)
class Point:
    """A function, as the module that calls it knows it, and the side of it on which the fault comes."""

    name: str
    owner: str  # module, or module:Class
    attribute: str
    side: Literal["before", "after"]


POINTS = (
    Point("submitted", "generations.submission", "_announce", "before"),
    Point("fetched", "generations.execution", "execute_next", "before"),
    Point("claimed", _CALLING, "claim_next", "after"),
    Point("checked", _CALLING, "connection_of", "before"),
    Point("marked-sent", _CALLING, "_mark_sent", "after"),
    Point("in-body", f"{_SPOOL}:Incoming", "write", "after"),
    Point("disk-before", "shutil", "disk_usage", "before"),
    Point("disk-in-body", f"{_SPOOL}:Incoming", "write", "before"),
    Point("body-synced", f"{_SPOOL}:Spool", "keep", "before"),
    Point("spooled", f"{_SPOOL}:Incoming", "keep", "after"),
    Point("received", _CALLING, "_receive", "after"),
    Point("settling", _SETTLING, "_settle", "before"),
    Point("decoding", _SETTLING, "inspect", "before"),
    Point("object-stored", _SETTLING, "store", "after"),
    Point("image-stored", _SETTLING, "_store_image", "after"),
    Point("rows-written", _SETTLING, "end_answered", "before"),
    Point("settled", _SETTLING, "end_answered", "after"),
    Point("sign-of-life", "generations.execution.worker", "give_sign_of_life", "before"),
)
# Whose moves decide which call and which status the next commit of the thread is about.
MOVERS = tuple(f"generations.execution.{name}" for name in ("claiming", "calling", "settling", "endings"))
COMMIT = Point("commit", "django.db.backends.base.base:BaseDatabaseWrapper", "_commit", "before")
