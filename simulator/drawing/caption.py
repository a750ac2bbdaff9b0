"""The prompt's first words, set small at the foot of the picture."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageStat

from simulator.drawing.palettes import Palette, luminance, mix

Font = ImageFont.FreeTypeFont

FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
# The first that is found serves. The number is the face with simplified Chinese forms in the collection.
CJK_FONTS = (
    ("NotoSansCJK-Light.ttc", 2),
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansCJKsc-Regular.otf", 0),
    ("NotoSansSC-Regular.otf", 0),
    ("NotoSansSC[wght].ttf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("NotoSerifCJK-Regular.ttc", 2),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("PingFang.ttc", 2),
    ("Hiragino Sans GB.ttc", 0),
    ("msyh.ttc", 0),
    ("simsun.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
)
# Full-width marks are written as numbers: they are hard to tell from the narrow ones.
_SENTENCE_END = re.compile("[.!?;\n\u3002\uff01\uff1f\uff1b]")
_CLAUSE_END = re.compile("[,:\u3001\uff0c\uff1a]")
LONGEST_LATIN = 40
LONGEST_CJK = 16


def set_caption(image: Image.Image, text: str, palette: Palette) -> None:
    """Write the text centred near the lower edge, in whichever of ink and paper stands out there."""
    size = max(11, round(min(image.size) * 0.0215))
    font = _font_for(text, size)
    if not text or font is None:
        return
    spacing = size * 0.09
    widths = [font.getlength(letter) + spacing for letter in text]
    if sum(widths) > image.width * 0.86:
        return
    x, y = (image.width - sum(widths) + spacing) / 2, image.height - size * 2.15
    box = (round(x), round(y), round(x + sum(widths)), round(y + size))
    pen = ImageDraw.Draw(image)
    if _is_busy(image, box):
        label = (box[0] - size, box[1] - size * 0.35, box[2] + size, box[3] + size * 0.75)
        pen.rounded_rectangle(label, radius=size * 0.3, fill=palette.paper)
    tone = _legible(image, box, palette)
    for letter, width in zip(text, widths, strict=True):
        pen.text((x, y + size), letter, font=font, fill=tone, anchor="ls")
        x += width


def first_words(prompt: str) -> str:
    """As many whole words (or Chinese characters) as fit on one short line, up to the first full stop."""
    line = _SENTENCE_END.split(prompt.strip(), maxsplit=1)[0]
    line = re.sub(r"\s+", " ", line).strip(" ,:\"'()")
    clause = _CLAUSE_END.split(line, maxsplit=1)[0].strip()
    line = clause if len(clause) >= 6 or _is_cjk(clause) else line
    if _is_cjk(line):
        return line[:LONGEST_CJK]
    words = line.split(" ")
    while len(words) > 1 and len(" ".join(words)) > LONGEST_LATIN:
        words.pop()
    weak = {
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "with",
        "and",
        "by",
        "to",
        "over",
        "under",
        "its",
        "from",
        "for",
    }
    while len(words) > 1 and words[-1].lower() in weak:
        words.pop()
    return " ".join(words)[:LONGEST_LATIN]


def _is_cjk(text: str) -> bool:
    return any("\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" for letter in text)


def _font_for(text: str, size: int) -> Font | None:
    """A font that can show every letter; none rather than empty boxes."""
    for font in (_latin_font(size), _cjk_font(size)):
        if font is not None and all(letter == " " or _shows(font, letter) for letter in text):
            return font
    return None


@lru_cache(maxsize=32)
def _latin_font(size: int) -> Font | None:
    font = ImageFont.load_default(size)
    # Without FreeType, Pillow has only a bitmap font of one size, which is no caption.
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


@lru_cache(maxsize=32)
def _cjk_font(size: int) -> Font | None:
    found = _cjk_file()
    return ImageFont.truetype(found[0], size, index=found[1]) if found else None


@cache
def _cjk_file() -> tuple[str, int] | None:
    installed = {
        path.name: path for folder in FONT_FOLDERS for path in Path(folder).expanduser().rglob("*.[to]t[cf]")
    }
    for name, face in CJK_FONTS:
        if name in installed:
            return str(installed[name]), face
    return None


@lru_cache(maxsize=4096)
def _shows(font: Font, letter: str) -> bool:
    """A letter the font lacks is drawn as the same box as a code point that is assigned to nothing."""
    return font.getmask(letter).getbbox() is not None and bytes(font.getmask(letter)) != bytes(
        font.getmask("\U000e0fff")
    )


def _is_busy(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Letters over a patterned ground cannot be read; there they get a label of paper."""
    return ImageStat.Stat(image.crop(box).convert("L")).stddev[0] > 15


def _legible(image: Image.Image, box: tuple[int, int, int, int], palette: Palette) -> tuple[int, int, int]:
    red, green, blue = (round(value) for value in ImageStat.Stat(image.crop(box)).mean[:3])
    ground = (red, green, blue)
    if luminance(ground) > 135:
        return mix(ground, palette.near if luminance(palette.near) < 90 else (30, 28, 36), 0.78)
    return mix(ground, palette.paper, 0.8)
