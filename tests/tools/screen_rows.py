"""Rows for the pictures of the pages: what a team would have after some days.

manage.py shell -c "from tests.tools import screen_rows; screen_rows.fill('ada@…', colleague='lin@…')"
"""

from datetime import timedelta
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils import timezone

from generations import collecting, keeping, prompt_library, trash
from generations.models import Access, Call, Generation, Image, Pause
from team.models import User
from tests.e2e import gallery, reviews
from tests.people import make_member

_COST = Decimal("0.042")  # of an image
# Words of a prompt, and how many days ago it was asked for.
_DAYS = {"Desert": 6, "Miyazaki": 5, "Hockney": 5, "Poster": 3, "森林": 2, "skyline": 1}
_COLLECTIONS = (
    ("Winter catalogue", "What the client has seen.", ("Paper-cut", "森林")),
    ("剪纸与水彩", "春季展览的候选。", ("剪纸", "森林")),
    ("Posters", "", ("Poster",)),
)
_PROMPTS = (
    ("Product on wood", "{subject} on a walnut table, soft window light, shallow depth of field"),
    ("剪纸", "剪纸风格的{主体}，分层纸张，暖色侧光"),
)


def fill(email: str, *, colleague: str) -> None:
    """Spread what the member has made over a week, put it in order, and let a colleague fill the line."""
    member = User.objects.get(email=email)
    User.objects.filter(pk=member.pk).update(name="Ada")
    for beginning, days in _DAYS.items():
        _move_back(Generation.objects.filter(member=member, prompt__contains=beginning), timedelta(days=days))
    _price(member)
    for name, description, words in _COLLECTIONS:
        collection = collecting.create(
            owner=member,
            name=name,
            description=description,
            access=Access.VIEW if description else Access.PRIVATE,
        )
        collecting.add([image for word in words for image in _images(member, word)], collection, by=member)
    for name, text in _PROMPTS:
        prompt_library.keep(name=name, text=text, access=Access.EDIT, by=member)
    keeping.favourite(_images(member, "Paper-cut")[:1], on=True, by=member)
    keeping.tag(_images(member, "森林"), names=["client", "初稿"], by=member)
    trash.put(_images(member, "skyline"), by=member, at=timezone.now() - timedelta(days=2))
    make_member(email=colleague, name="Lin")
    fill_line(colleague)
    _ask_reviewers()


def fill_line(colleague: str) -> None:
    """Give the colleague something in every state."""
    gallery.build(colleague)
    Pause.objects.filter(model=gallery.PENNILESS_MODEL).delete()  # or every page begins with the news of it


def _ask_reviewers() -> None:
    """Give the administrator something to review that somebody else has made."""
    reviews.build()
    for name, shown in {"Mei": "Mei", "Rui": "Rui", "Zoe": "Zoe", "Ada": "Bo"}.items():
        User.objects.filter(name__startswith=f"{name} ").update(name=shown)


def _images(member: User, words: str) -> list[Image]:
    found = Image.objects.kept().filter(generation__member=member, generation__prompt__contains=words)
    return list(found.order_by("generation__created_at", "index"))


def _move_back(generations: QuerySet[Generation], by: timedelta) -> None:
    moments = ("created_at", "started_at", "finished_at")
    of_calls = ("queued_at", "claimed_at", "sent_at", "received_at", "settled_at")
    Call.objects.filter(generation__in=generations).update(**{name: F(name) - by for name in of_calls})
    generations.update(**{name: F(name) - by for name in moments})


def _price(member: User) -> None:
    """As if the images had cost something: those of the simulator are free."""
    calls = Call.objects.filter(member=member, outcome__in=("succeeded", "partial"))
    calls.update(cost=F("n") * _COST)
    Generation.objects.filter(member=member, images_count__gt=0).update(cost=F("n") * _COST)
