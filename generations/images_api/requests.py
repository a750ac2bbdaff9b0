"""What is asked, and of whom."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from generations.images_api.families import Edits

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_LARGEST = (3840, 2160)
_MB = 1_000_000
# Ten images of the largest size come to 488 MB; nothing that is asked needs more.
_ABSOLUTE_CAP = 512 * _MB
_ENDPOINT_PATH = re.compile(r"/images(/(generations|edits|variations))?$")
_VERSION_PATH = re.compile(r"/v\d+[a-z0-9]*$")
_PROXY = re.compile(r"https?://([^\s/@]+@)?[\w.:\[\]-]+/?")
_PICTURE_NAME = re.compile(r"[a-z0-9-]{1,60}\.(png|jpeg|jpg|webp)")
_PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")


Operation = Literal["generations", "edits", "variations"]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture to be sent. The endpoint is told `name`, so it is a neutral one: reference-1.png."""

    path: Path
    media_type: str
    bytes: int
    name: str

    def __post_init__(self) -> None:
        if self.media_type not in _PICTURE_TYPES:
            raise ValueError("A picture that is sent is a PNG, a JPEG or a WebP.")
        if not _PICTURE_NAME.fullmatch(self.name):
            raise ValueError("A picture is sent under a plain name, like reference-1.png.")
        if self.bytes < 1:
            raise ValueError("A picture that is sent has bytes.")


@dataclass(frozen=True, slots=True)
class ImagesRequest:
    """One request for images; what is None or empty is not sent. What cannot be written is a ValueError.

    Edits change `references` in the way that `edits` tells, variations have one reference and no words.
    """

    model: str
    prompt: str
    n: int = 1
    size: str | None = None
    aspect_ratio: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    moderation: str | None = None
    output_format: str | None = None
    output_compression: int | None = None
    response_format: str | None = None
    operation: Operation = "generations"
    references: tuple[PictureFile, ...] = ()  # in the order in which the endpoint sees them
    mask: PictureFile | None = None  # of the first reference
    edits: Edits | None = None
    input_fidelity: str | None = None
    partial_images: int | None = None  # 0 to 3 before each image; None: no stream is asked for

    def __post_init__(self) -> None:
        if self.operation == "edits" and (self.edits is None or not self.references):
            raise ValueError("An edit needs references and the form that they are sent in.")
        if self.operation == "variations" and len(self.references) != 1:
            raise ValueError("A variation is made of one reference.")
        if self.operation == "generations" and (self.references or self.mask):
            raise ValueError("Images are generated without references.")
        if self.mask and not (self.operation == "edits" and self.edits and self.edits.mask):
            raise ValueError("There is no place for a mask in this request.")
        if self.partial_images is not None and not 0 <= self.partial_images <= 3:
            raise ValueError("An endpoint sends 0 to 3 partial images.")

    @property
    def path(self) -> Operation:
        """The last part of the address that is asked: some families edit where others generate."""
        if self.edits and self.operation == "edits" and self.edits.form in ("input_image", "image"):
            return "generations"
        return self.operation

    @property
    def is_multipart(self) -> bool:
        if self.edits and self.operation == "edits":
            return self.edits.form == "multipart"
        return self.operation == "variations"

    def payload(self) -> dict[str, str | int | bool]:
        """Return what is asked beside the pictures."""
        if self.operation == "variations":
            return self._sent(
                model=self.model, n=self.n, size=self.size, response_format=self.response_format
            )
        is_streamed = self.partial_images is not None
        return self._sent(
            model=self.model,
            prompt=self.prompt,
            n=self.n,
            size=self.size,
            aspect_ratio=self.aspect_ratio,
            quality=self.quality,
            style=self.style,
            background=self.background,
            moderation=self.moderation,
            output_format=self.output_format,
            output_compression=self.output_compression,
            response_format=self.response_format,
            input_fidelity=self.input_fidelity if self.operation == "edits" else None,
            stream=True if is_streamed else None,
            partial_images=self.partial_images,
        )

    def answer_cap(self) -> int:
        """The bytes that the answer can have at most: n images without any compression, in base64.

        A partial image is as large as the final one, so a stream may have several times as many.
        """
        asked = _SIZE.fullmatch(self.size or "")
        width, height = (int(asked[1]), int(asked[2])) if asked else _LARGEST
        pictures = 1 + (self.partial_images or 0)  # for each image
        answer = int(self.n * pictures * (4 / 3 * width * height * 4 * 1.1)) + _MB
        return min(answer, _ABSOLUTE_CAP * pictures)

    def _sent(self, **fields: str | int | bool | None) -> dict[str, str | int | bool]:
        # Gateways refuse an explicit "auto"; leaving it out means the same.
        is_auto = {name: fields.get(name) == "auto" for name in ("size", "aspect_ratio")}
        return {
            name: value
            for name, value in fields.items()
            if value is not None and value != "" and not is_auto.get(name)
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what makes two addresses the same server."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        return cls(
            url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to ask, with which key and for how long; a base URL that cannot be used is a ValueError."""

    base_url: str
    api_key: str = field(repr=False)
    deadline: float = 600.0  # seconds for the whole call; a short one is the expensive mistake
    connect_timeout: float = 15.0  # seconds for name, TCP, tunnel and TLS: nothing is paid yet
    proxy: str | None = field(default=None, repr=False)  # may hold a password

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _normalised(self.base_url))
        object.__setattr__(self, "api_key", self.api_key.strip())
        if self.proxy is not None and not _PROXY.fullmatch(self.proxy):
            raise ValueError("The proxy must look like http://host:port.")

    def images_url(self, path: Operation) -> str:
        return f"{self.base_url}/images/{path}"

    @property
    def models_url(self) -> str:
        return f"{self.base_url}/models"

    @property
    def origin(self) -> Origin:
        return Origin.of(httpx.URL(self.base_url))

    @property
    def has_usable_key(self) -> bool:
        return self.api_key.isascii() and self.api_key.isprintable() and bool(self.api_key)


def _normalised(base_url: str) -> str:
    base_url = base_url.strip()
    if _NOT_IN_A_URL.search(base_url):
        raise ValueError("The base URL must not contain spaces, control characters or backslashes.")
    try:
        # Read twice: a scheme in capitals becomes small only after its usual port was looked for.
        url = httpx.URL(str(httpx.URL(base_url)))
        host = url.host
    except httpx.InvalidURL as exc:
        raise ValueError("The base URL is not a valid address.") from exc
    if url.scheme not in ("http", "https"):
        raise ValueError("The base URL must begin with http:// or https://.")
    if not host or "%" in host:
        raise ValueError("The base URL must name a host.")
    if not 0 < Origin.of(url).port < 65_536:
        raise ValueError("The base URL must have a port between 1 and 65535, or none.")
    if "@" in base_url:
        raise ValueError("The base URL must not contain a user name or password.")
    if "#" in base_url or "?" in base_url:
        raise ValueError("The base URL must not contain a query or a fragment.")
    path = _ENDPOINT_PATH.sub("", url.raw_path.decode("ascii").rstrip("/"))
    if not _VERSION_PATH.search(path):
        path += "/v1"
    return str(url.copy_with(raw_path=path.encode("ascii")))
