"""From pixels to the bytes of a PNG, JPEG or WebP file."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def encode(image: Image.Image, output_format: str, compression: int) -> bytes:
    stream = io.BytesIO()
    if output_format == "png":
        # The lowest level: the grain leaves nothing to gain by trying harder, and 4K would take seconds.
        image.save(stream, "PNG", compress_level=1)
    elif output_format == "webp":
        image.save(stream, "WEBP", quality=compression, method=1)
    else:
        image.convert("RGB").save(
            stream, "JPEG", quality=max(1, compression), subsampling=0 if compression > 90 else 2
        )
    return stream.getvalue()


def half_done(content: bytes, step: int, output_format: str, compression: int) -> bytes:
    """What a partial image shows of this file: coarse at step 0, finer with every other."""
    with Image.open(io.BytesIO(content)) as finished:
        block = max(2, min(finished.size) // (12 * 3**step))
        coarse = finished.reduce(block).resize(finished.size, Image.Resampling.BICUBIC)
    return encode(coarse, output_format, compression)


def huge_png() -> bytes:
    """A valid little PNG file, were it not for what its header claims: 60000 x 60000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(180_001))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
