"""django-allauth's forms in this studio's words, without placeholders that repeat the label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

from team.passwords import PASSWORD_HINT

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class SignInForm(allauth.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, login=_("E-mail"), password=_("Password"))
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ChangePasswordForm(allauth.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password again"),
        )


class ResetPasswordForm(allauth.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, email=_("E-mail"))


class NewPasswordForm(allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, password1=_("New password"), password2=_("New password again"))


def _reword(form: forms.Form, **labels: _StrPromise) -> None:
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.help_text = PASSWORD_HINT if name == "password1" else ""
        field.widget.attrs.pop("placeholder", None)
