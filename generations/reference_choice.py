"""The part of the form that is about pictures: which ones, in which order, and what a model makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from generations.images_api import Family
from generations.models import Generation, Operation, Reference
from generations.references import NotUsable, receive
from generations.submission import mask_of, references_of
from team.models import User

MOST = 16  # references of one generation; many models take fewer


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else []


class FilesField(forms.Field):
    """Any number of files, as they came: what is in them is found out elsewhere."""

    widget = FilesInput(attrs={"accept": "image/png,image/jpeg,image/webp"})


class PicturesForm(forms.Form):
    """Knows the member's pictures by the ids in `references` and `mask`, and takes files of its own.

    The files are for pages without scripts; others have sent them before, one by one.
    """

    family: Family | None = None  # of the chosen model
    pictures = FilesField(label=_("Reference images"), required=False)
    mask_picture = FilesField(label=_("Mask"), required=False)
    variation = forms.BooleanField(
        label=_("Variations of the image, without a prompt"), required=False, initial=False
    )

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        source = self.data if self.is_bound else self.initial
        self.references, self.mask = pictures_in(source, member=member)
        named = len(_wanted(source)), len(_wanted_mask(source))
        self.has_lost_some = named > (len(self.references), int(self.mask is not None))

    @property
    def most(self) -> int:
        return MOST

    @property
    def takes_mask(self) -> bool:
        return bool(self.family and self.family.edits and self.family.edits.mask)

    def take_pictures(self) -> None:
        """Keep what came as files; each that cannot be kept says so at the field and costs only itself."""
        if self.has_lost_some:
            self.add_error(
                "pictures", gettext("A picture is not there any more. Add it again if you need it.")
            )
        for file in self.cleaned_data.get("pictures") or []:
            reference = self._received(file)
            if reference and reference not in self.references:
                self.references.append(reference)
        for file in self.cleaned_data.get("mask_picture") or []:
            if self.references:
                self.mask = self._received(file, mask_of=self.references[0])
            else:
                self.add_error("mask_picture", mask_without_picture())

    def check_pictures(self, family: Family, model: str, *, others: Iterable[str]) -> None:
        """Say at the field what this model does not take; `others` are models that take pictures."""
        if self.cleaned_data.get("variation"):
            sentence = self._wrong_with_variation(family, model)
        else:
            sentence = wrong_number(family, model, len(self.references), others=others)
        if sentence:
            self.add_error("pictures", sentence)
        elif family.edits and family.edits.square and any(one.width != one.height for one in self.references):
            self.add_error("pictures", gettext("%(model)s takes only square pictures.") % {"model": model})
        if self.mask:
            self._check_mask(family, model, self.mask)

    def operation(self) -> Operation:
        """What is asked, once the form is valid."""
        if self.cleaned_data.get("variation"):
            return Operation.VARIATIONS
        return Operation.EDITS if self.references else Operation.GENERATIONS

    def _received(self, file: Any, *, mask_of: Reference | None = None) -> Reference | None:
        try:
            return receive(file, member=self.member, mask_of=mask_of)
        except NotUsable as error:
            self.add_error("mask_picture" if mask_of else "pictures", str(error))
            return None

    def _wrong_with_variation(self, family: Family, model: str) -> str:
        if not family.variations:
            return gettext("%(model)s makes no variations. Describe what you want instead.") % {
                "model": model
            }
        if len(self.references) != 1:
            return gettext("A variation is made of one picture; there are %(n)s.") % {
                "n": len(self.references)
            }
        one = self.references[0]
        return gettext("Variations are made of square pictures only.") if one.width != one.height else ""

    def _check_mask(self, family: Family, model: str, mask: Reference) -> None:
        first = self.references[0] if self.references else None
        if first is None:
            self.add_error("mask_picture", mask_without_picture())
        elif not family.edits or not family.edits.mask or self.cleaned_data.get("variation"):
            message = gettext("%(model)s takes no mask. Remove it, or choose another model.")
            self.add_error("mask_picture", message % {"model": model})
        elif (mask.width, mask.height) != (first.width, first.height):
            sizes = (mask.width, mask.height, first.width, first.height)
            message = gettext(
                "The mask is %s × %s and the first reference %s × %s. Add a mask that was made for it."
            )
            self.add_error("mask_picture", message % sizes)


def pictures_in(source: Mapping[str, Any], *, member: User) -> tuple[list[Reference], Reference | None]:
    """Return the references that are named, in their order, and the mask.

    What is not there any more or somebody else's is left out, and so is what exceeds the most there can be.
    """
    wanted, masks = _wanted(source), _wanted_mask(source)
    found = Reference.objects.filter(member=member).in_bulk([*wanted, *masks])
    mask = found.get(masks[0]) if masks else None
    return [found[pk] for pk in wanted if pk in found], mask


def wrong_number(family: Family, model: str, count: int, *, others: Iterable[str]) -> str:
    """Return what is wrong with so many references for a model; "" when it takes them."""
    most = min(family.edits.references, MOST) if family.edits else 0
    if count <= most:
        return ""
    if most:
        return ngettext(
            "%(model)s takes at most %(most)s reference; remove %(over)s, or choose another model.",
            "%(model)s takes at most %(most)s references; remove %(over)s, or choose another model.",
            most,
        ) % {"model": model, "most": most, "over": count - most}
    if names := pgettext("between the items of a list", ", ").join(others):
        sentence = gettext("%(model)s takes no reference images. Remove them, or choose one of: %(models)s.")
        return sentence % {"model": model, "models": names}
    return gettext("%(model)s takes no reference images. Remove them.") % {"model": model}


def mask_without_picture() -> str:
    return gettext("Add the picture first: a mask belongs to the first reference.")


def pictures_of(generation: Generation) -> dict[str, Any]:
    """Return what fills this part of the form with everything that an earlier generation was made from."""
    mask = mask_of(generation)
    return {
        "references": [str(reference.pk) for reference in references_of(generation)],
        "mask": str(mask.pk) if mask else "",
        "variation": generation.operation == Operation.VARIATIONS,
    }


def initial_of(query: QueryDict) -> dict[str, Any]:
    """Return what an address or a form that is not judged yet fills the form with."""
    several = {name: query.getlist(name) for name in ("references", "place")}
    return query.dict() | several | {"variation": "variation" in query}


def _wanted(source: Mapping[str, Any]) -> list[UUID]:
    return _placed(_listed(source, "references"), _listed(source, "place"))[: 2 * MOST]


def _wanted_mask(source: Mapping[str, Any]) -> list[UUID]:
    return [*_ids(_listed(source, "mask"))][:1]


def _listed(source: Mapping[str, Any], name: str) -> list[str]:
    value = source.getlist(name) if isinstance(source, QueryDict) else source.get(name)
    items = value if isinstance(value, list | tuple) else [value]
    return [str(item) for item in items if item]


def _ids(texts: Iterable[str]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue  # only a form made by hand has one


def _placed(texts: Sequence[str], places: Sequence[str]) -> list[UUID]:
    """Return the ids in the order of the places that were typed beside them; 0 takes one out."""
    if len(places) == len(texts) and all(place.isdecimal() for place in places):
        by_place = sorted(zip(places, texts, strict=True), key=lambda pair: int(pair[0][:4]))
        texts = [text for place, text in by_place if int(place[:4])]
    return list(dict.fromkeys(_ids(texts)))
