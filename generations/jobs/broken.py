"""Why a job cannot be done, whoever tries it again."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Impossible(Exception):
    """The job can never be done; `reason` is a name in SENTENCES."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


SENTENCES: dict[str, Promise] = {
    "worker_lost": _("It was interrupted several times and has been given up. Ask an administrator."),
    "unknown_job": _("This version of the studio does not know this kind of job."),
    "nothing_left": _("None of these images is there any more."),
    "may_not_ask": _("Strikes stand against asking for more now. What was asked before that goes on."),
    "no_cases": _("None of these cases may be exported by you any more."),
    "gone": _("The file that was sent is gone. Send it again."),
    "not_a_zip": _("This is no zip file, or it is damaged. Download the export again and send it as it is."),
    "not_ours": _("This zip file is no export of a studio."),
    "newer": _("This export was made by a newer version of the studio."),
    "names": _("Names in this archive lead out of it. It is no export of a studio, and was not opened."),
    "too_many": _("This archive holds more files than an export can have."),
    "too_large": _("Unpacked, this archive would be larger than an export can be."),
    "encrypted": _("This archive has a password. Send the export as it was downloaded."),
    "manifest": _("The list in this archive is damaged, or larger than an export's can be."),
}


def sentence(reason: str) -> str:
    """Return why a job has failed, for its member."""
    return str(SENTENCES.get(reason, _("It could not be done. Ask an administrator.")))
