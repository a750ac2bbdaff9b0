"""Who of the team may see or change what a member has put together."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Access(models.TextChoices):
    PRIVATE = "private", _("Only me")
    VIEW = "view", _("The team may look")
    EDIT = "edit", _("The team may change it")


SHARED = (Access.VIEW, Access.EDIT)
