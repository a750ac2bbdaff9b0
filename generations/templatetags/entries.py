"""Generations in the history: {% in_rows entry first query %}, {% in_list entry first query is_by_time %}.

A page has two dozen of them and a hundred images; as templates they were half of the time that a page takes.
Only what people have written is escaped here: all the rest is ours.
"""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from generations.entries import Entry, Told
from generations.models import Generation, Image
from generations.search import Piece
from generations.templatetags.media import media, page_of, page_of_generation
from generations.tiles import Tile

register = template.Library()

_IMAGE = """\
<li class="tile tile--image {ratio}{clear}" id="{id}" data-generation-id="{generation}" \
data-status="{status}">
  <a class="tile-link" href="{href}"><img src="{small}" srcset="{large} 2x" width="{width}" \
height="{height}" alt="{alt}" data-image-id="{image}"{lazy} decoding="async"></a>
  <label class="pick"><input type="checkbox" name="images" value="{image}">\
<span class="visually-hidden">{select}</span></label>{marks}
</li>"""
_EMPTY_PLACE = """\
<li class="tile tile--{kind} {ratio}" id="{id}" data-generation-id="{generation}" data-status="{status}">
  <a class="tile-link tile-words plain"{href}><span><strong>{label}</strong>{person} \
<span class="tile-prompt"{lang}>{prompt}</span></span></a>{pick}
</li>"""
_WITHOUT_IMAGES = """\
<li class="tile tile--words ar-1x1" id="batch-{generation}" data-generation-id="{generation}" \
data-status="{status}">
  <a class="tile-link plain"{href}>
    <span class="badge badge--{tone}">{headline}</span>
    <span class="tile-prompt"{lang}>{prompt}</span>{person}
  </a>{pick}
</li>"""
# In the list there is no tile of words: a place without a picture is there for the checkbox alone.
_LISTED_PICK = """
    <li class="tile tile--missing">{}
    </li>"""
_PICK = """
  <label class="pick"><input type="checkbox" name="generations" value="{}">\
<span class="visually-hidden">{}</span></label>"""
_LISTED = """\
<li class="entry" id="batch-{generation}" data-generation-id="{generation}" data-status="{status}">
  <ul class="entry-images">{images}</ul>
  <div class="entry-words">
    <h3 class="prompt"{lang}><a class="plain prompt--short"{href}>{prompt}</a></h3>{revised}
    <ul class="dots">
      <li class="badge badge--{tone}" data-headline>{headline}</li>{dots}
    </ul>
  </div>
  <p class="entry-figures small muted numbers">{figures}</p>
</li>"""
# Characters of a prompt: of what is selected, in an empty place, and where it is all that there is.
_SELECTED, _IN_A_PLACE, _ALONE = 40, 80, 160


@register.simple_tag
def in_rows(entry: Entry, first: object, query: str) -> SafeString:
    """Write the tiles of one generation among the others of its day; what came to nothing is a tile of words.

    `first` is true of images that are loaded at once; `query` is the search that they belong to.
    """
    generation = entry.generation
    pick = _pick(entry)
    tiles = [
        _image(tile, generation, number, first, query)
        if tile.image
        else _empty_place(tile, entry, number, pick if number == 1 else "")
        for number, tile in enumerate(entry.tiles, 1)
    ]
    return SafeString("".join(tiles or _without_images(entry)))


@register.filter
def holds_selectable(days: Iterable[tuple[object, Iterable[Entry]]]) -> bool:
    """Whether anything can be selected in days with their entries: an administrator sees more than that."""
    return any(is_selectable(entries) for _day, entries in days)


@register.filter
def is_selectable(entries: Iterable[Entry]) -> bool:
    """Whether one of the entries has a checkbox."""
    return any(_has_image(entry) or _pick(entry) for entry in entries)


@register.simple_tag
def in_list(entry: Entry, first: object, query: str, is_by_time: object) -> SafeString:
    """Write a generation with its images, its prompt with the hits marked, and everything in words."""
    generation, told, standing = entry.generation, entry.told, entry.standing
    if told is None or standing is None:
        raise ValueError("Of an entry in rows too little is told for a list.")
    dots = [entry.person, *told.settings] if entry.person else told.settings
    return SafeString(
        _LISTED.format(
            generation=generation.pk,
            status=generation.status,
            images="".join(_image(tile, generation, 0, first, query) for tile in entry.tiles if tile.image)
            or (_LISTED_PICK.format(pick) if (pick := _pick(entry)) else ""),
            lang=_lang(entry.lang),
            href=_link(entry),
            prompt=_marked(told.words) or _prompt(generation, _ALONE),
            revised=_revised(told),
            tone=standing.tone,
            headline=escape(standing.headline),
            dots="".join(f"\n      <li>{escape(words)}</li>" for words in dots),
            figures=_figures(generation, told, dated=not is_by_time),
        )
    )


def _image(tile: Tile, generation: Generation, number: int, first: object, query: str) -> str:
    """Write one image in its own shape; `number` counts the tiles of the generation."""
    image = tile.image
    if image is None:
        raise ValueError("A tile without an image is made of words.")
    pk, alt = image.pk, image.alt
    return _IMAGE.format(
        ratio=tile.ratio_class,
        clear=" tile--clear" if generation.background == "transparent" else "",
        id=_id(generation, number),
        generation=generation.pk,
        status=generation.status,
        href=f"{page_of(pk)}?{escape(query)}" if query else page_of(pk),
        small=media(pk, "320"),
        large=media(pk, "640"),
        width=image.width,
        height=image.height,
        alt=escape(alt),
        image=pk,
        lazy="" if first else ' loading="lazy"',
        select=_select(alt),
        marks=_marks(image),
    )


def _empty_place(tile: Tile, entry: Entry, number: int, pick: str) -> str:
    """Write what stands where an image did not come, or may not be seen."""
    generation = entry.generation
    return _EMPTY_PLACE.format(
        kind="withheld" if tile.kind == "held" else tile.kind,
        ratio=tile.ratio_class,
        id=_id(generation, number),
        generation=generation.pk,
        status=generation.status,
        href=_link(entry),
        label=escape(tile.label),
        lang=_lang(entry.lang),
        prompt=_prompt(generation, _IN_A_PLACE),
        person=f' <span class="muted">{escape(entry.person)}</span>' if entry.person else "",
        pick=pick,
    )


def _without_images(entry: Entry) -> Iterable[str]:
    """Write the words of what has no place at all: it was stopped, it failed, or waits for nothing more."""
    generation, standing = entry.generation, entry.standing
    if standing is None or not entry.is_told_without_images:
        return
    yield _WITHOUT_IMAGES.format(
        generation=generation.pk,
        status=generation.status,
        href=_link(entry),
        tone=standing.tone,
        headline=escape(standing.headline),
        lang=_lang(entry.lang),
        prompt=_prompt(generation, _ALONE),
        person=f'\n    <span class="muted">{escape(entry.person)}</span>' if entry.person else "",
        pick=_pick(entry),
    )


def _pick(entry: Entry) -> str:
    """Write the checkbox of one's own generation that has ended and has no image to select."""
    generation = entry.generation
    if _has_image(entry) or not entry.is_own or generation.is_active:
        return ""
    return _PICK.format(generation.pk, _select(generation.prompt or generation.get_operation_display()))


def _has_image(entry: Entry) -> bool:
    return any(tile.image for tile in entry.tiles)


def _id(generation: Generation, number: int) -> str:
    return f"batch-{generation.pk}" if number == 1 else f"tile-{generation.pk}-{number}"


def _link(entry: Entry) -> str:
    """Everything about a generation is its member's to see."""
    return f' href="{page_of_generation(entry.generation.pk)}"' if entry.is_own else ""


def _lang(code: str) -> str:
    return f' lang="{code}"' if code else ""


def _prompt(generation: Generation, most: int) -> str:
    if generation.forgotten_at:
        day = date_format(timezone.localtime(generation.forgotten_at), "DATE_FORMAT")
        return escape(_("Forgotten on %(day)s, as the team's policy has it") % {"day": day})
    return escape(_short(generation.prompt or generation.get_operation_display(), most))


def _select(words: str) -> str:
    return escape(_("Select: %(what)s") % {"what": _short(words, _SELECTED)})


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _marked(pieces: Iterable[Piece]) -> str:
    return "".join(
        f"<mark>{escape(piece.text)}</mark>" if piece.is_hit else escape(piece.text) for piece in pieces
    )


def _revised(told: Told) -> str:
    """Where the search hits what the endpoint made of the prompt, and not the prompt."""
    if not told.revised:
        return ""
    head = escape(_("Revised:"))
    words = f"<span{_lang(told.revised_lang)}>{_marked(told.revised)}</span>"
    return f'\n    <p class="small muted">{head} {words}</p>'


def _figures(generation: Generation, told: Told, *, dated: bool) -> str:
    """When it was asked for, how long it took and what it cost."""
    at = timezone.localtime(generation.created_at)
    day = f"{date_format(at, 'SHORT_DATE_FORMAT')} " if dated else ""
    figures = [f'<time datetime="{at.isoformat()}">{day}{at:%H:%M}</time>']
    if told.took:
        took = _("%(seconds)s s") % {"seconds": told.took}
        figures.append(f"<span>{escape(took)}</span>")
    if told.cost:
        figures.append(f"<span>{escape(told.cost)}</span>")
    return " ".join(figures)


def _marks(image: Image) -> str:
    """How its owner has marked it, if they have."""
    marks = ""
    if image.is_favourite:
        favourite = escape(_("Favourite"))
        marks += f'<span title="{favourite}">♥<span class="visually-hidden">{favourite}</span></span>'
    if image.rating:
        rating = escape(_("Rating"))
        marks += f' <span class="numbers" title="{rating}">★{image.rating}</span>'
    return f'\n  <p class="tile-marks">{marks}</p>' if marks else ""
