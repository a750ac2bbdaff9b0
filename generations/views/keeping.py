"""What a member notes of an image, on its page and in the viewer; each button is a form of its own."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from generations import collecting, keeping
from generations.collected import order_of
from generations.models import Collection, Image
from team.access import MemberRequest, member_required
from team.models import User

_NAME = forms.CharField(max_length=120)
_TEXT = forms.CharField(required=False, max_length=keeping.LONGEST_NOTE)
_ID = forms.UUIDField()


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def image_order(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show the panel of an image, or do what one of its buttons says; only its owner may."""
    seen = Image.objects.visible_to(request.user).kept().select_related("generation")
    if request.method != "POST":
        return _panel(request, get_object_or_404(seen, pk=pk))
    image = get_object_or_404(seen.filter(generation__member=request.user), pk=pk)
    error = ""
    try:
        _act(request, image)
    except (keeping.NotTaken, ValidationError) as refusal:
        error = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
    if "HX-Request" in request.headers:
        image.refresh_from_db()
        return _panel(request, image, error=error)
    if error:
        messages.error(request, error)
    return redirect(f"{reverse('generations:image', args=[image.pk])}#image-order")


@member_required
@require_safe
def tags(request: MemberRequest) -> HttpResponse:
    """The member's own tags that hold what is being typed: options of a list."""
    typed = request.GET.get("tags", "")[:200]
    beginning = keeping.split_names(typed)[-1:] or [""]
    found = keeping.suggestions(request.user, beginning[0])
    return render(request, "generations/_tag_options.html", {"suggestions": found})


def _panel(request: MemberRequest, image: Image, *, error: str = "") -> HttpResponse:
    context = {"image": image, "order": order_of(image, request.user), "order_error": error}
    whole = "HX-Request" not in request.headers
    page = "generations/image_order.html" if whole else "generations/_image_order.html"
    return render(request, page, context)


def _act(request: MemberRequest, image: Image) -> None:
    name = next((name for name in _ACTS if name in request.POST), None)
    if name is not None:
        _ACTS[name](image, request.POST[name], request.user)


def _favourite(image: Image, value: str, member: User) -> None:
    keeping.favourite([image], on=value == "1", by=member)


def _rate(image: Image, value: str, member: User) -> None:
    rating = int(value) if value in ("0", "1", "2", "3", "4", "5") else -1
    keeping.rate([image], rating=rating, by=member)


def _tag(image: Image, value: str, member: User) -> None:
    keeping.tag([image], names=keeping.split_names(value), by=member)


def _untag(image: Image, value: str, member: User) -> None:
    keeping.untag([image], names=[value], by=member)


def _note(image: Image, value: str, member: User) -> None:
    keeping.write_note(image, text=_TEXT.clean(value), by=member)


def _collect(image: Image, value: str, member: User) -> None:
    if not value:
        raise keeping.NotTaken(_("Choose a collection."))
    collecting.add([image], _collection(value, member), by=member)


def _uncollect(image: Image, value: str, member: User) -> None:
    collecting.take_out([image], _collection(value, member), by=member)


def _collect_anew(image: Image, value: str, member: User) -> None:
    collection = collecting.create(owner=member, name=_NAME.clean(value))
    collecting.add([image], collection, by=member)


def _collection(value: str, member: User) -> Collection:
    found = Collection.objects.visible_to(member).filter(pk=_ID.clean(value)).first()
    if found is None:
        raise keeping.NotTaken(_("This collection is not there any more."))
    return found


_ACTS: dict[str, Callable[[Image, str, User], None]] = {
    "favourite": _favourite,
    "rating": _rate,
    "tags": _tag,
    "untag": _untag,
    "note": _note,
    "collect": _collect,
    "uncollect": _uncollect,
    "new_collection": _collect_anew,
}
