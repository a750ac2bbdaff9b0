"""Who works here: the process that claims calls, and the sign of life that keeps its claims."""

import logging
import os
import threading
import uuid
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection

from generations.images_api import Spool
from generations.models import Call
from generations.models.calls import lease

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """One process on one host; its name is new at every start, so a restarted worker owns no old claims."""

    name: str
    host: str  # calls workers and images workers of one host share a spool folder


def spool() -> Spool:
    """Return the folder of this host in which paid answers are written down first."""
    return Spool(settings.SPOOL_ROOT)


@cache
def this_worker() -> Worker:
    """Return this process's worker."""
    host = settings.STUDIO_HOST
    return Worker(name=f"{host}:{os.getpid()}:{uuid.uuid4().hex[:8]}", host=host)


def keep_claims_alive() -> None:
    """Start the thread that prolongs this worker's claims for as long as the process lives."""
    threading.Thread(target=_beat_for_ever, args=(this_worker(),), name="signs-of-life", daemon=True).start()


def give_sign_of_life(worker: Worker) -> int:
    """Prolong every claim of the worker in one statement; return how many it holds."""
    held = Call.objects.in_flight().filter(worker=worker.name)
    return held.update(lease_until=lease(settings.CALL_LEASE_SECONDS))


def _beat_for_ever(worker: Worker) -> None:
    pause = threading.Event()
    while not pause.wait(settings.CALL_LEASE_SECONDS / 3):
        try:
            give_sign_of_life(worker)
        except DatabaseError:
            # The database's clock cannot reach the end of a lease while the database is away.
            logger.warning("signs of life: the database is out of reach")
        finally:
            connection.close()
