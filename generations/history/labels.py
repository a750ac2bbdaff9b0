"""What the parts of a search of the history are called, by their fields in Asked."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What is chosen among values that are there, in the order of the panel.
CHOSEN: Final[dict[str, Promise]] = {
    "status": _("Status"),
    "outcome": _("Moderation"),
    "category": _("Category of moderation"),
    "model": _("Model"),
    "endpoint": _("Endpoint"),
    "tag": _("Tags"),
    "shape": _("Shape"),
    "size": _("Size"),
    "quality": _("Quality"),
    "background": _("Background"),
    "n": _("Images asked for"),
    "source": pgettext_lazy("of a generation", "Source"),
}
LABELS: Final[dict[str, Promise]] = {
    "words": _("Search prompts"),
    **CHOSEN,
    "references": _("References"),
    "favourite": _("Favourites only"),
    "rating": _("Rated at least"),
    "collection": _("Collection"),
    "since": _("From"),
    "until": _("To"),
    "cost_from": _("Cost from"),
    "cost_to": _("Cost to"),
    "person": _("Person"),
    "team": _("The whole team"),
    "sort": _("Order"),
}
