"""The list of keys: a page of its own, which the `?` key shows as a dialog."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from team.access import MemberRequest, member_required


@dataclass(frozen=True, slots=True)
class Key:
    """Keys to press, one after another or together, and what they do."""

    strokes: tuple[str, ...]
    words: str | Promise


@dataclass(frozen=True, slots=True)
class Group:
    """The keys of one place."""

    title: str | Promise
    keys: tuple[Key, ...]


_ANYWHERE = (
    Key(("?",), _("This list")),
    Key(("/",), _("Search")),
    Key(("C",), _("Write a prompt")),
    Key(("G", "S"), _("Create")),
    Key(("G", "H"), _("History")),
    Key(("G", "Q"), _("Queue")),
)
_REVIEW = Key(("G", "R"), _("Review"))
_REVIEWING = Group(
    _("Review"),
    (
        Key(("J", "K"), _("Next and previous case")),
        Key(("X",), _("Select")),
        Key(("A",), _("Approve, or rightly refused")),
        Key(("F",), _("Wrongly refused")),
        Key(("N",), _("Unclear")),
        Key(("H",), _("Hide the image, then 1 to 6 for the reason")),
        Key(("D",), _("Delete the image for good, after a question")),
        Key(("S",), _("Skip")),
        Key(("E",), _("Leave it to administrators")),
        Key(("B",), _("Show or cover the images")),
        Key(("U",), _("Undo")),
    ),
)
_GROUPS = (
    Group(
        _("Form"),
        (
            Key(("Ctrl/⌘", "Enter"), _("Generate")),
            Key(("Alt", "↑"), _("Earlier prompts")),
            Key(("Alt", "↓"), _("Back to what you were writing")),
        ),
    ),
    Group(
        _("History"),
        (
            Key(("←", "↑", "→", "↓"), _("From image to image")),
            Key(("Home", "End"), _("First and last image")),
            Key(("Enter",), _("Open the image")),
            Key(("X",), _("Select")),
            Key(("Shift", "←", "↑", "→", "↓"), _("Select all on the way")),
            Key(("F",), _("Favourite, or not any more where only favourites are shown")),
            Key(("L",), _("Add to a collection")),
            Key(("R",), _("All of its settings into the form")),
            Key(("D",), _("Download")),
            Key(("Delete",), _("Into the trash")),
            Key(("Esc",), _("Select nothing")),
        ),
    ),
    Group(
        _("Queue"),
        (
            Key(("J",), _("Next in the line")),
            Key(("K",), _("The one before")),
        ),
    ),
    Group(
        _("Image"),
        (
            Key(("←", "→"), _("Previous and next image; when zoomed, move the picture")),
            Key(("+", "-"), _("Larger, smaller")),
            Key(("0",), _("Fit")),
            Key(("Z",), _("Fit, or actual size")),
            Key(("I",), _("Show or hide the details")),
            Key(("V",), _("While held: what the image was made from")),
            Key(("F",), _("Favourite, or not")),
            Key(("1–5",), _("Rate")),
            Key(("L",), _("Add to a collection")),
            Key(("D",), _("Download original")),
            Key(("Esc",), _("Back to where you came from")),
        ),
    ),
    Group(
        _("Mask"),
        (
            Key(("B", "E", "U"), _("Brush, eraser, rectangle")),
            Key(("[", "]"), _("Smaller and larger brush")),
            Key(("Ctrl/⌘", "Z"), _("Undo")),
        ),
    ),
)


@member_required
@require_safe
def keys(request: MemberRequest) -> HttpResponse:
    """Show every key that the member's pages know."""
    anywhere = (*_ANYWHERE, _REVIEW) if request.user.is_reviewer else _ANYWHERE
    groups = (Group(_("Anywhere"), anywhere), *_GROUPS, *((_REVIEWING,) if request.user.is_reviewer else ()))
    return render(request, "generations/keys.html", {"groups": groups})
