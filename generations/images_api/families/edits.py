"""How a family takes pictures that are to be changed."""

from dataclasses import dataclass
from typing import Literal

EditsForm = Literal["multipart", "json", "input_image", "image_url", "image"]


@dataclass(frozen=True, slots=True)
class Edits:
    """How many pictures, of which kinds, and in which of the forms that endpoints know.

    multipart    POST /images/edits, one form field of files and one for the mask
    json         POST /images/edits, `images` and `mask` as objects with an `image_url`, a data URL
    input_image  POST /images/generations, `input_image`, `input_image_2` … as data URLs
    image_url    POST /images/edits, `image` as an object with a `url` and its type
    image        POST /images/generations, `image` as a data URL, or a list of them
    """

    form: EditsForm
    references: int  # at most
    mask: bool
    field: str  # of the files, in a multipart form; "" in the others
    formats: tuple[str, ...]  # of png, jpeg, webp
    bytes_max: int  # of each picture
    square: bool  # the picture must be
