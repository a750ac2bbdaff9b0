"""What is asked, and of whom."""

import re
from dataclasses import dataclass, field

import httpx

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_LARGEST = (3840, 2160)
_MB = 1_000_000
# Ten images of the largest size come to 488 MB; nothing that is asked needs more.
_ABSOLUTE_CAP = 512 * _MB
_ENDPOINT_PATH = re.compile(r"/images(/(generations|edits|variations))?$")
_VERSION_PATH = re.compile(r"/v\d+[a-z0-9]*$")
_PROXY = re.compile(r"https?://([^\s/@]+@)?[\w.:\[\]-]+/?")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class ImagesRequest:
    """One request for images; what is None or empty is not sent."""

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

    def payload(self) -> dict[str, str | int]:
        fields: dict[str, str | int | None] = {
            "model": self.model,
            "prompt": self.prompt,
            "n": self.n,
            # Gateways refuse an explicit "auto"; leaving it out means the same.
            "size": None if self.size == "auto" else self.size,
            "aspect_ratio": None if self.aspect_ratio == "auto" else self.aspect_ratio,
            "quality": self.quality,
            "style": self.style,
            "background": self.background,
            "moderation": self.moderation,
            "output_format": self.output_format,
            "output_compression": self.output_compression,
            "response_format": self.response_format,
        }
        return {name: value for name, value in fields.items() if value is not None and value != ""}

    def answer_cap(self) -> int:
        """The bytes that the answer can have at most: n images without any compression, in base64."""
        asked = _SIZE.fullmatch(self.size or "")
        width, height = (int(asked[1]), int(asked[2])) if asked else _LARGEST
        return min(int(self.n * (4 / 3 * width * height * 4 * 1.1)) + _MB, _ABSOLUTE_CAP)


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

    @property
    def generations_url(self) -> str:
        return f"{self.base_url}/images/generations"

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
