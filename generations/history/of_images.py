"""The conditions that hold for single images: favourite, rating, tags and collection."""

from django.db.models import Exists, OuterRef, Q

from generations.history.asked import Asked
from generations.models import Collection, CollectionItem, Image
from team.models import User


def image_conditions(asked: Asked, user: User) -> Q:
    """Return what an image has to be to be shown for a search; everything fits an empty one."""
    wanted = Q()
    if asked.favourite:
        wanted &= Q(is_favourite=True)
    if asked.rating:
        wanted &= Q(rating__gte=asked.rating)
    for tag in asked.tag:
        tagged = Image.tags.through.objects.filter(image_id=OuterRef("pk"), tag_id=tag)
        wanted &= Q(Exists(tagged))
    if asked.collection:
        visible = Collection.objects.visible_to(user).filter(pk=asked.collection)
        items = CollectionItem.objects.filter(image_id=OuterRef("pk"), collection__in=visible)
        wanted &= Q(Exists(items))
    return wanted


def of_copies(asked: Asked) -> Q:
    """Return what the generation's own row tells of its best images: necessary, if not always sufficient."""
    wanted = Q()
    if asked.favourite:
        wanted &= Q(favourites__gt=0)
    if asked.rating:
        wanted &= Q(best_rating__gte=asked.rating)
    return wanted


def needs_images(asked: Asked) -> bool:
    """Whether of_copies() is not sufficient, so that images have to be looked at."""
    return bool(asked.tag or asked.collection or (asked.favourite and asked.rating))


def with_a_fitting_image(asked: Asked, user: User) -> Q:
    """Return what a generation has to be, besides of_copies(), so that one of its kept images fits."""
    if not needs_images(asked):
        return Q()
    return Q(Exists(Image.objects.kept().filter(image_conditions(asked, user), generation_id=OuterRef("pk"))))
