"""The words about an image as XMP, where programs look for them: Dublin Core, XMP and IPTC Extension.

The source type is IPTC's for media that a trained model made. The names of IPTC are those of its standard
2025.1; the parameters have a namespace of their own, because no standard has names for them.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from generations.models import Generation, Image

MOST_BYTES = 60_000  # what one segment of a JPEG can hold, less its head
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "studio": "urn:imagestudio:parameters#",
}
PARAMETERS = (
    "size",
    "aspect_ratio",
    "quality",
    "style",
    "background",
    "moderation",
    "output_format",
    "output_compression",
    "input_fidelity",
)


def packet(image: Image) -> bytes:
    """Return the XMP packet of an image; a prompt that is too long for one is cut at its end."""
    prompt, revised = _plain(image.generation.prompt), _plain(image.revised_prompt)
    while len(made := _packet(image, prompt, revised)) > MOST_BYTES:
        if revised:
            revised = ""
        else:
            prompt = f"{prompt[: len(prompt) * 3 // 4]}…"
    return made


def parameters(generation: Generation) -> Iterator[tuple[str, str]]:
    """Yield name and value of what the endpoint was asked for, without what was left to it."""
    for name in PARAMETERS:
        value = getattr(generation, name)
        if value not in ("", None):
            yield name, str(value)


def _packet(image: Image, prompt: str, revised: str) -> bytes:
    generation = image.generation
    spaces = " ".join(f"xmlns:{name}={quoteattr(uri)}" for name, uri in _SPACES.items())
    lines = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        f"<rdf:RDF xmlns:rdf={quoteattr(_SPACES['rdf'])}>",
        f'<rdf:Description rdf:about="" {spaces}>',
        *_described(prompt),
        *(_element(name, value) for name, value in _facts(image)),
        *(_element(f"studio:{name}", value) for name, value in parameters(generation)),
        *([_element("studio:revised_prompt", revised)] if revised else []),
        "</rdf:Description>",
        "</rdf:RDF>",
        "</x:xmpmeta>",
        '<?xpacket end="r"?>',
    )
    return "\n".join(lines).encode()


def _described(prompt: str) -> Iterator[str]:
    if not prompt:
        return
    yield '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
    yield f"{escape(prompt)}</rdf:li></rdf:Alt></dc:description>"
    yield _element("Iptc4xmpExt:AIPromptInformation", prompt)


def _facts(image: Image) -> Iterator[tuple[str, str]]:
    generation = image.generation
    made = generation.created_at.isoformat(timespec="seconds")
    # A picture that people gave was worked into it, or nothing but the model's own.
    is_made_of_others = generation.operation != "generations"
    yield "dc:identifier", f"urn:uuid:{image.pk}"
    yield "xmp:CreateDate", made
    yield "xmp:CreatorTool", _plain(generation.model)
    yield (
        "Iptc4xmpExt:DigitalSourceType",
        _SOURCE_TYPES
        + ("compositeWithTrainedAlgorithmicMedia" if is_made_of_others else "trainedAlgorithmicMedia"),
    )
    yield "Iptc4xmpExt:AISystemUsed", _plain(generation.model)
    yield "studio:generation", str(generation.pk)
    yield "studio:image", str(image.pk)
    yield "studio:sha256", image.sha256


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _plain(text: str) -> str:
    """XML knows no control characters but these, not even escaped."""
    return "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))
