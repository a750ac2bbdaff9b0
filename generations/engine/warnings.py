"""What is wrong with the engine at this moment, in sentences that say what to do."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from generations.engine.numbers import Engine

_PATIENCE = 300.0  # seconds in which a host that restarts is back
_UNSWEPT = 180.0  # seconds; the line is measured every 60
_LITTLE = 1_000_000_000  # bytes; a call reserves what its answer may take, so little space stops calls early


def warnings_about(engine: Engine) -> list[str]:
    """Return a sentence for everything that an administrator has to look at, the worst first."""
    return [*_about_workers(engine), *_about_hosts(engine)]


def _about_workers(engine: Engine) -> Iterator[str]:
    if engine.workers is None:
        yield _(
            "Redis does not answer. Requests are taken all the same, and begin later than usual. Start it."
        )
    else:
        present = {line.sign.pool for line in engine.workers if line.sign.is_fresh}
        if "calls" not in present:
            yield _("No calls worker gives a sign of life: nothing is sent. Start one.")
        if "images" not in present:
            yield _("No images worker gives a sign of life: answers wait on the disk. Start one.")
        if any(line.is_other_version for line in engine.workers if line.sign.is_fresh):
            yield _("Not every process runs the same release. Restart those that are marked.")
    if engine.swept is None or engine.swept > _UNSWEPT:
        yield _("The line has not been swept for minutes. Every worker and beat do that: start one of them.")


def _about_hosts(engine: Engine) -> Iterator[str]:
    for host in engine.hosts:
        if engine.workers is not None and host.oldest > _PATIENCE and not host.has_images_worker:
            yield _(
                "Paid answers lie on %(host)s, and no images worker there takes them up. Start one there."
            ) % {"host": host.name}
        if host.spool is not None and host.spool.free < _LITTLE:
            yield _("The disk of %(host)s is nearly full. Without room for the answer no call is made.") % {
                "host": host.name
            }
