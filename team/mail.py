from __future__ import annotations

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from team.models import Invitation

logger = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Mails the link, in the inviter's language. False when the mail server would not take it."""
    context = {"invitation": invitation, "link": link}
    with translation.override(invitation.invited_by.language or translation.get_language()):
        # One line: a name with a line break in it must not become a header.
        subject = " ".join(render_to_string("team/email/invitation_subject.txt", context).split())
        message = render_to_string("team/email/invitation_message.txt", context)
    try:
        send_mail(subject, message, None, [invitation.email])
    except (SMTPException, OSError):
        # The invitation stands and its link is shown, so a dead mail server keeps nobody out.
        logger.exception("invitation %s could not be mailed", invitation.pk)
        return False
    return True
