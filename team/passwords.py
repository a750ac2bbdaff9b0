"""What a password must be like, in words of our own: Django's do not all exist in Chinese."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

PASSWORD_HINT = _("At least 10 characters: nothing common, not only digits, unlike your name and address.")


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return ngettext(
            "This password is too short. It needs at least %(length)s character.",
            "This password is too short. It needs at least %(length)s characters.",
            self.min_length,
        ) % {"length": self.min_length}

    def get_help_text(self) -> str:
        return gettext("At least %(length)s characters.") % {"length": self.min_length}
