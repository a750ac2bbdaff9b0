"""An endpoint that is of no use for now is asked by nobody: it is paused, and administrators are told."""

import logging
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from generations import pauses
from generations.explanations import explain
from generations.images_api import Reason
from generations.models import Endpoint, Pause
from team.models import User

logger = logging.getLogger(__name__)

REFUSED_CONNECTS = 5  # in a row; then the endpoint is down, and not one of its machines
# Every further call would get the same answer, until a person has done something about it.
_PAUSING_ANSWERS = frozenset({Reason.BAD_KEY, Reason.NO_QUOTA})
# No call can leave with such a key: the first one says it for all.
NOTHING_CAN_BE_SENT = frozenset({Reason.KEY_UNUSABLE})
_NO_CONNECTION = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.NAME_NOT_FOUND,
        Reason.CONNECTION_REFUSED,
        Reason.CERTIFICATE,
        Reason.PROXY_FAILED,
    }
)


def not_sent(endpoint_id: int, reason: Reason) -> None:
    """Pause an endpoint that cannot be asked: for its key at once, else at the fifth connection in a row."""
    if reason in NOTHING_CAN_BE_SENT:
        with transaction.atomic():
            _pause(Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id), reason)
    if reason not in _NO_CONNECTION:
        return
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint_id).update(refused_connects=F("refused_connects") + 1)
        endpoint = Endpoint.objects.get(pk=endpoint_id)
        if endpoint.refused_connects >= REFUSED_CONNECTS:
            _pause(endpoint, reason)


def connection_stood(endpoint_id: int) -> None:
    """Begin to count anew."""
    Endpoint.objects.filter(pk=endpoint_id, refused_connects__gt=0).update(refused_connects=0)


def answered_with(endpoint_id: int, reason: Reason) -> None:
    """Pause an endpoint whose answer says that the key or the budget is of no use.

    Call it first in a transaction: whoever locks endpoints does so before calls and generations.
    """
    if reason in _PAUSING_ANSWERS:
        _pause(Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id), reason)


def tell_administrators(endpoint: Endpoint, reason: str, *, model: str = "") -> None:
    """Mail every administrator, in their language, what stands still; a dead mail server disturbs nothing."""
    page = f"{settings.PUBLIC_URL}{reverse('generations:engine')}" if settings.PUBLIC_URL else ""
    for person in User.objects.active_administrators():
        with translation.override(person.language or settings.LANGUAGE_CODE):
            why = explain(reason)
            told = {"endpoint": endpoint.name, "model": model, "page": page}
            context = {**told, "why": why.sentence if why else ""}
            # One line: a name with a line break in it must not become a header.
            subject = " ".join(render_to_string("generations/email/paused_subject.txt", context).split())
            message = render_to_string("generations/email/paused_message.txt", context)
        try:
            send_mail(subject, message, None, [person.email])
        except (SMTPException, OSError):
            logger.exception("nobody could be mailed that endpoint %s is paused", endpoint.pk)
            return


def _pause(endpoint: Endpoint, reason: Reason) -> None:
    """With the endpoint's row locked, so that one pause is told once."""
    if Pause.objects.standing().filter(endpoint=endpoint, model="").exists():
        return
    pauses.pause(endpoint=endpoint, reason=reason)
    logger.warning("endpoint %s is paused: %s", endpoint.pk, reason)
    transaction.on_commit(partial(tell_administrators, endpoint, reason), robust=True)
