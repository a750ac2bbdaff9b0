"""What the pages of administrators say about pauses, ages and sizes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.images_api import Reason
from generations.models import Pause

_ANSWERED: dict[str, str | Promise] = {
    Reason.BAD_KEY: gettext_lazy("%(name)s answered that the key is wrong."),
    Reason.KEY_UNUSABLE: gettext_lazy("The key of %(name)s is missing or cannot be sent."),
    Reason.NO_QUOTA: gettext_lazy("%(name)s answered that the budget is used up."),
    Reason.ACCESS_DENIED: gettext_lazy("%(name)s denied access to the account."),
    Reason.NOT_VERIFIED: gettext_lazy("%(name)s wants the organization verified first."),
    Reason.MODEL_FORBIDDEN: gettext_lazy("%(name)s answered that the key may not use this model."),
    Reason.CONNECTION_REFUSED: gettext_lazy("%(name)s refused the connection several times in a row."),
    Reason.UNREACHABLE: gettext_lazy("%(name)s could not be reached several times in a row."),
    Reason.NAME_NOT_FOUND: gettext_lazy("The host of %(name)s was not found several times in a row."),
    Reason.CERTIFICATE: gettext_lazy("The certificate of %(name)s is not trusted."),
    Reason.REFUSED_IN_A_ROW: gettext_lazy("%(name)s has refused everything lately."),
    Reason.PROXY_FAILED: gettext_lazy("The proxy does not let requests to %(name)s through."),
}
_ALL_REFUSED = gettext_lazy("The last requests of %(name)s were all refused.")
_STOPPED = gettext_lazy("The studio stopped sending to %(name)s after its last answers.")


@dataclass(frozen=True, slots=True)
class Told:
    """A pause, and what is said of it."""

    pause: Pause
    what: str
    why: str
    is_automatic: bool


def told(pause: Pause) -> Told:
    """Return the words for one pause; its endpoint and the people should be there already."""
    name = _name(pause)
    if pause.reason and pause.member is not None:
        why = str(_ALL_REFUSED) % {"name": name}
    elif pause.reason:
        why = str(_ANSWERED.get(pause.reason, _STOPPED)) % {"name": name}
    elif pause.paused_by is not None:
        why = _("Paused by %(person)s.") % {"person": pause.paused_by.display_name}
    else:
        why = _("Paused by hand.")
    return Told(pause=pause, what=name, why=why, is_automatic=bool(pause.reason))


def age(seconds: float) -> str:
    """Say how long something has taken, as briefly as a table wants it."""
    whole = max(0, int(seconds))
    if whole < 60:
        return _("{s} s").format(s=whole)
    if whole < 3600:
        return _("{m} min").format(m=whole // 60)
    if whole < 2 * 86_400:
        return _("{h} h {m} min").format(h=whole // 3600, m=whole % 3600 // 60)
    return _("{d} days").format(d=whole // 86_400)


def _name(pause: Pause) -> str:
    if pause.member is not None:
        return pause.member.display_name
    if pause.endpoint is None:
        return _("Everything")
    if pause.model:
        return _("%(model)s at %(endpoint)s") % {"model": pause.model, "endpoint": pause.endpoint.name}
    return pause.endpoint.name
