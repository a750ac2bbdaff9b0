from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from team.access import is_own_url
from team.models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What this studio decides otherwise than django-allauth does."""

    error_messages = DefaultAccountAdapter.error_messages | {
        # The same words for an unknown address and a wrong password.
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "too_many_login_attempts": _("Too many attempts to sign in. Wait five minutes, then try again."),
        "enter_current_password": _("This is not your current password."),
        "invalid_password_reset": _("This link cannot be used any more. Ask for a new one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by invitation only."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only this very host; allauth would also send people to any other host the studio answers to."""
        return is_own_url(context.request, url)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("team:settings")

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        with translation.override(user.language or translation.get_language()):
            super().send_password_reset_mail(user, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away answers the same for a known and an unknown address: the usual page."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("%s could not be mailed", template_prefix)
