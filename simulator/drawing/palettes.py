"""Hand-picked palettes: a sky, a light, a far and a near colour to walk between, and two accents."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    name: str
    moods: frozenset[str]
    sky: tuple[Colour, ...]
    light: Colour
    far: Colour
    near: Colour
    accents: tuple[Colour, Colour]
    paper: Colour

    @property
    def is_night(self) -> bool:
        return "night" in self.moods

    @property
    def is_dark(self) -> bool:
        return luminance(self.sky[0]) < 90


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from `one` to `other`."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def colour(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _palette(
    name: str, moods: str, sky: str, light: str, far: str, near: str, accents: str, paper: str
) -> Palette:
    first, second = accents.split()
    return Palette(
        name=name,
        moods=frozenset(moods.split()),
        sky=tuple(colour(part) for part in sky.split()),
        light=colour(light),
        far=colour(far),
        near=colour(near),
        accents=(colour(first), colour(second)),
        paper=colour(paper),
    )


PALETTES: tuple[Palette, ...] = (
    _palette(
        "dawn", "warm day", "f6c6a7 fbe3c8 fdf1df", "fff6e0", "e6a889", "5b3a4c", "d9644a f2b872", "fdf4e7"
    ),
    _palette(
        "ember", "warm dusk", "3d2645 a8435a f09f65", "ffe1a8", "c75c55", "261a33", "f2c14e e4572e", "fbeedd"
    ),
    _palette(
        "fjord",
        "cool day sea",
        "b9d7dd d9e8e4 f3efe0",
        "fffaf0",
        "8fb6bd",
        "1f4552",
        "e07a5f f2cc8f",
        "f6f3ea",
    ),
    _palette(
        "indigo",
        "night cool",
        "0d1333 27306b 6a5f9e",
        "f7efd2",
        "4a4d8c",
        "0b0d24",
        "f2b5a7 8fd3e8",
        "f3efe6",
    ),
    _palette(
        "matcha",
        "forest day fresh",
        "e3ead1 eef0da f8f5e4",
        "fdf6d8",
        "b5c79a",
        "2f4a36",
        "d98f5c 8a5a44",
        "f7f4e6",
    ),
    _palette(
        "jade", "forest cool", "9cc5b0 c9dfc9 eef1dc", "fffbe3", "7fae97", "14382f", "e9b44c c8553d", "f4f4e6"
    ),
    _palette(
        "terracotta",
        "warm day desert",
        "f0d3b4 f6e2c6 fbf0de",
        "fffaee",
        "dba37e",
        "7a3526",
        "2f6f73 e3b04b",
        "fbf2e4",
    ),
    _palette("plum", "dusk", "432654 8a4a78 e79a8d", "ffe6c7", "8e4f7d", "22142f", "f4b860 ef6f6c", "faeee6"),
    _palette(
        "glacier",
        "cool day snow",
        "9fc3e0 cfe1ee f4f3ee",
        "ffffff",
        "a9c2d6",
        "27465f",
        "e8866a f3d9a4",
        "f5f6f4",
    ),
    _palette(
        "midnight",
        "night city",
        "070b1f 14224a 35507f",
        "fdf3cf",
        "2a3f6c",
        "050816",
        "ffcf70 ef8354",
        "efeee8",
    ),
    _palette(
        "blossom",
        "pastel day spring",
        "f7d9dc fbe8e4 fdf5ec",
        "fffdf4",
        "e7b3bb",
        "6b4458",
        "e0627d 9cb68d",
        "fdf3ee",
    ),
    _palette(
        "citrus",
        "warm day fresh",
        "fbe6a2 fcefc4 fff8e3",
        "fffdf0",
        "f0b95b",
        "3c5a4a",
        "e8743b 5fa08a",
        "fff8e6",
    ),
    _palette(
        "lagoon",
        "sea day fresh",
        "7fd0cf b9e5da f4f3dc",
        "fff8da",
        "4fb0b5",
        "0d4a5e",
        "ff8a6b ffd479",
        "f6f5e8",
    ),
    _palette(
        "storm", "sea cool", "44586b 7f929c c9ccc4", "f4efe0", "6b7f8c", "17222d", "d9a05b b5544a", "eeece4"
    ),
    _palette(
        "rose-dusk",
        "dusk pastel city",
        "6a6fa8 c58fb0 f7c9ae",
        "fff0d4",
        "9a7fae",
        "2c2a4f",
        "ffb26b f25f7a",
        "faf0ea",
    ),
    _palette(
        "autumn",
        "warm forest",
        "f3d9a7 f8e8c6 fcf3df",
        "fff9e8",
        "dfa35a",
        "5a2a1c",
        "c2452d 7a8450",
        "fbf3e2",
    ),
    _palette(
        "lavender",
        "pastel dusk",
        "b9b2dc d9cde6 f6e6e4",
        "fff8ea",
        "a79bcb",
        "3b3560",
        "f2a48b f7d08a",
        "f8f2f0",
    ),
    _palette(
        "noir-gold",
        "night warm",
        "15151c 2b2730 5a4a42",
        "f6d58d",
        "4c4146",
        "0c0c10",
        "e0a83f b5523b",
        "f1ece0",
    ),
    _palette(
        "aurora",
        "night cool forest",
        "07152b 0e3a4f 2f7a78",
        "e8fbe8",
        "1f5a63",
        "041019",
        "7ef0b5 c58bf2",
        "eef3ee",
    ),
    _palette(
        "porcelain",
        "cool day tea",
        "e6ecee eff2ef f8f7f1",
        "ffffff",
        "b7c9d3",
        "1f3f66",
        "3c6e9f d9a441",
        "f8f8f4",
    ),
    _palette(
        "cinnabar",
        "warm tea",
        "f4e8d8 f8efe2 fcf7ee",
        "fffaf2",
        "e2b79b",
        "3a2320",
        "c8372d d9a13b",
        "fbf4ea",
    ),
    _palette(
        "bamboo",
        "forest tea fresh",
        "dfe8c8 edf0d9 f8f6e7",
        "fffbe6",
        "a8bf86",
        "28432b",
        "c46a3f e2bf5c",
        "f7f5e6",
    ),
    _palette(
        "neon",
        "night city dusk",
        "1a0f3c 5b1f74 e8558a",
        "ffe3b3",
        "6a2a86",
        "0e0822",
        "31d0d8 ffb84d",
        "f6ecf2",
    ),
    _palette(
        "peach-sea",
        "sea warm pastel",
        "ffd9b8 fde3cb d6e7e2",
        "fff8e8",
        "8fc0bf",
        "2a5566",
        "f27f5e f5b961",
        "fdf4ea",
    ),
    _palette(
        "clay", "desert dusk", "c9704f e6a672 f8dcae", "fff1d0", "b85c45", "3b1c22", "2f5d62 f3c06b", "f9eedd"
    ),
    _palette(
        "slate-mint",
        "cool fresh city",
        "cfe3dc e3ede6 f6f4ea",
        "fffdf2",
        "93b5ad",
        "24414a",
        "f07f67 f0c36d",
        "f6f5ec",
    ),
)
