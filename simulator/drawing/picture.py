"""From a prompt to a finished image: which scene, which palette, then caption and grain."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from simulator.drawing.canvas import Canvas, Gradient
from simulator.drawing.caption import set_caption
from simulator.drawing.palettes import PALETTES, Palette
from simulator.drawing.scenes import flora, forest, land, night, poster, table, town, water, window
from simulator.drawing.scenes.brief import Brief

Scene = Callable[[Brief], Canvas]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a drawing depends on: equal pictures are equal to the pixel."""

    prompt: str
    caption: str
    width: int
    height: int
    seed: int = 0
    index: int = 0
    transparent: bool = False
    # For load tests: one gradient instead of a drawing.
    plain: bool = False


# The row whose word comes first in the prompt decides; where it names several scenes, the hash picks one.
SUBJECTS: tuple[tuple[str, tuple[Scene, ...]], ...] = (
    ("aurora northern-lights 极光", (night.aurora,)),
    ("cat kitten dog window sofa room interior 猫 狗 窗 房间", (window.cat,)),
    ("tea teapot coffee cup kitchen table breakfast still-life 茶 咖啡 餐 静物", (table.tea,)),
    ("balloon cloud sky fly flying kite bird 气球 云 天空 飞 鸟", (land.balloons,)),
    (
        "city street skyline town tokyo shanghai skyscraper urban building neon bridge 城 街 都市 楼 桥",
        (town.city,),
    ),
    ("lake reflection pond river boat fjord 湖 河 江 倒影 池", (water.lake,)),
    (
        "sea ocean wave beach coast sail harbour harbor island ship surf lighthouse 海 浪 沙滩 岛 船",
        (water.sea,),
    ),
    ("forest tree wood pine jungle fox deer bear owl 森林 树 林 竹 鹿 狐", (forest.forest,)),
    ("flower garden bouquet rose tulip botanical bloom butterfly 花 园 玫瑰 蝴蝶", (flora.flowers,)),
    ("leaf leaves plant fern tropical herb 叶 植物 草", (flora.leaves,)),
    ("desert dune sand camel canyon mars 沙漠 沙丘 骆驼", (land.dunes,)),
    ("mountain hill valley alps peak landscape village 山 峰 谷 风景 村", (land.mountains,)),
    ("portrait face person woman man girl boy people 人 肖像 女 男 脸", (poster.balance, poster.arches)),
    (
        "abstract geometric poster pattern logo icon design bauhaus music 抽象 几何 海报 图案 标志 设计",
        (poster.tiles, poster.balance, poster.arches),
    ),
)
# Words that only set the stage: asked when the prompt names no subject we know.
SETTINGS: tuple[tuple[str, tuple[Scene, ...]], ...] = (
    ("night star moon winter 夜 星 月 冬", (night.aurora, water.lake, land.mountains)),
    ("snow cold 雪 冷", (land.mountains, water.lake)),
    ("spring 春", (flora.flowers, table.tea)),
)
EVERY_SCENE: tuple[Scene, ...] = (
    land.mountains,
    land.dunes,
    land.balloons,
    water.sea,
    water.lake,
    forest.forest,
    town.city,
    night.aurora,
    flora.flowers,
    flora.leaves,
    poster.tiles,
    poster.arches,
    poster.balance,
    table.tea,
    window.cat,
)
MOOD_WORDS: tuple[tuple[str, str], ...] = (
    ("night star moon midnight dark 夜 星 月 暗", "night"),
    ("dusk sunset evening twilight 黄昏 日落 傍晚 晚霞", "dusk"),
    ("sunrise morning dawn summer warm 日出 早晨 清晨 夏 暖", "warm"),
    ("autumn fall maple 秋 枫", "warm"),
    ("snow winter ice cold cool blue 雪 冬 冰 冷 蓝", "cool"),
    ("spring pastel soft pink cute watercolor 春 粉 柔 可爱 水彩", "pastel"),
    ("forest green bamboo 森林 绿 竹", "forest"),
    ("sea ocean beach coast 海 沙滩", "sea"),
    ("desert dune sand 沙", "desert"),
    ("tea 茶", "tea"),
    ("city neon 城 霓虹", "city"),
)
# The moods a scene asks for by itself; those of the prompt are added to them.
SCENE_MOODS: dict[Scene, str] = {
    night.aurora: "night cool",
    flora.leaves: "fresh forest",
    flora.flowers: "fresh pastel spring",
    forest.forest: "forest",
    land.dunes: "desert",
    table.tea: "tea",
    town.city: "city",
    water.sea: "sea",
}


def paint(picture: Picture) -> Image.Image:
    chosen = Random(_number(picture.prompt, picture.seed))  # noqa: S311 - for looks, not for secrets
    scene = _scene(picture.prompt, chosen)
    palettes = _palettes(picture.prompt, scene)
    # The images of one request share a theme; layout and, where several fit, colours differ.
    palette = palettes[(chosen.randrange(97) + picture.index) % len(palettes)]
    rng = Random(_number(picture.prompt, picture.seed, picture.index))  # noqa: S311 - as above
    if picture.plain:
        return Canvas(picture.width, picture.height, Gradient(palette.sky)).image
    image = scene(Brief(picture.prompt, picture.width, picture.height, palette, rng)).image
    if not picture.transparent:
        set_caption(image, picture.caption, palette)
    image = _grained(image, rng)
    return _cut_out(image, rng) if picture.transparent else image


def _scene(prompt: str, rng: Random) -> Scene:
    """The scene of whichever known word comes first: what a prompt is about tends to be said first."""
    for table_of_words in (SUBJECTS, SETTINGS):
        found = [
            (place, scenes)
            for words, scenes in table_of_words
            if (place := _place_of(words, prompt)) is not None
        ]
        if found:
            return rng.choice(min(found, key=lambda pair: pair[0])[1])
    return rng.choice(EVERY_SCENE)


def _palettes(prompt: str, scene: Scene) -> list[Palette]:
    """The palettes that share most moods with the scene and the prompt."""
    moods = SCENE_MOODS.get(scene, "").split()
    # What the prompt says weighs twice; a scene that only exists at night does not listen to "a sunny day".
    said = [mood for words, mood in MOOD_WORDS if _place_of(words, prompt) is not None]
    moods += [] if scene is night.aurora else said * 2
    scores = [sum(mood in palette.moods for mood in moods) for palette in PALETTES]
    return [palette for palette, score in zip(PALETTES, scores, strict=True) if score == max(scores)]


def _place_of(words: str, prompt: str) -> int | None:
    """Where the first of these words stands in the prompt; plurals count."""
    text = prompt.lower()
    places = []
    for word in words.split():
        pattern = rf"\b{word.replace('-', ' ')}(?:e?s)?\b" if word.isascii() else word
        if found := re.search(pattern, text):
            places.append(found.start())
    return min(places, default=None)


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def _grained(image: Image.Image, rng: Random) -> Image.Image:
    """Fine noise, as on printed paper; it is also what makes a PNG as heavy as a real one."""
    noise = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height)).point(_NORMAL)
    return ImageChops.add(image, Image.merge("RGB", (noise, noise, noise)), scale=1, offset=-128)


def _normal_table(spread: float) -> list[int]:
    """Turns evenly spread bytes into normally spread ones around 128 (the bell curve's sum, inverted)."""
    table = []
    for value in range(256):
        share = (value + 0.5) / 256
        tail = min(share, 1 - share)
        root = math.sqrt(-2 * math.log(tail))
        size = root - (2.30753 + 0.27061 * root) / (1 + 0.99229 * root + 0.04481 * root * root)
        table.append(round(128 + spread * math.copysign(size, share - 0.5)))
    return table


_NORMAL = _normal_table(3.6)


def _cut_out(image: Image.Image, rng: Random) -> Image.Image:
    """A round or arched picture on nothing, with a soft edge of shadow."""
    width, height = image.size
    short = min(width, height)
    times = 2 if width * height < 3_000_000 else 1
    mask = Image.new("L", (width * times, height * times), 0)
    pen = ImageDraw.Draw(mask)
    middle_x, middle_y, radius = width * times / 2, height * times / 2, short * times * 0.42
    kind = rng.choice(("disc", "arch", "card"))
    if kind == "disc":
        pen.ellipse([middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius], fill=255)
    elif kind == "arch":
        top, floor = middle_y - radius, middle_y + radius
        half = radius * 0.82
        pen.ellipse([middle_x - half, top, middle_x + half, top + 2 * half], fill=255)
        pen.rectangle([middle_x - half, top + half, middle_x + half, floor], fill=255)
    else:
        inset = short * times * 0.08
        box = (inset, inset, width * times - inset, height * times - inset)
        pen.rounded_rectangle(box, radius=short * times * 0.12, fill=255)
    mask = mask.reduce(times)
    shadow = (
        mask.reduce(8)
        .filter(ImageFilter.GaussianBlur(short * 0.012 / 8 + 0.5))
        .resize(image.size, Image.Resampling.BICUBIC)
    )
    result = Image.new("RGBA", image.size, (24, 18, 36, 0))
    result.putalpha(shadow.point([round(value * 0.35) for value in range(256)]))
    image.putalpha(mask)
    result.alpha_composite(image)
    return result
