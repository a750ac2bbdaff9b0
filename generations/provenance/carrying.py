"""Puts an XMP packet into a copy of a PNG, JPEG or WebP, a piece at a time and without decoding a pixel.

A packet that is there already is replaced, for a file may have one only. A file with signed content
credentials (C2PA) is left alone: one more byte would break the signature of whoever made it.
"""

import shutil
import struct
import zlib
from pathlib import Path
from typing import IO

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_XMP = b"XML:com.adobe.xmp\0"
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_JPEG_EXIF = b"Exif\0"
_APP0, _APP1, _APP11, _SOS = 0xE0, 0xE1, 0xEB, 0xDA
_WEBP_HAS_XMP, _WEBP_HAS_ALPHA = 0x04, 0x10
_PIECE = 1024 * 1024  # bytes


class _LeftAlone(Exception):
    """The file is signed, or not built as its kind has to be."""


def carry(source: Path, target: Path, packet: bytes) -> bool:
    """Write a copy that holds the packet; False when this file is better left as it is.

    The target then holds nothing of use. The bytes that describe the picture are the same in both.
    """
    with source.open("rb") as from_, target.open("wb") as to:
        start = from_.read(12)
        from_.seek(0)
        try:
            if start.startswith(_PNG):
                _into_png(from_, to, packet)
            elif start.startswith(b"\xff\xd8"):
                _into_jpeg(from_, to, packet)
            elif start[:4] == b"RIFF" and start[8:] == b"WEBP":
                _into_webp(from_, to, packet)
            else:
                return False
        except (_LeftAlone, struct.error):
            return False
    return True


def _into_png(source: IO[bytes], target: IO[bytes], packet: bytes) -> None:
    """https://www.w3.org/TR/png-3/: an iTXt chunk, not compressed, between the header and the picture."""
    target.write(_exactly(source, 8))
    while True:
        length, kind = struct.unpack(">I4s", _exactly(source, 8))
        if kind == b"caBX":
            raise _LeftAlone
        begins = _exactly(source, min(length, len(_PNG_XMP)))
        if kind == b"iTXt" and begins == _PNG_XMP:
            source.seek(length - len(begins) + 4, 1)
            continue
        target.write(struct.pack(">I4s", length, kind) + begins)
        _copy(source, target, length - len(begins) + 4)
        if kind == b"IHDR":
            content = b"iTXt" + _PNG_XMP + b"\0\0\0\0" + packet
            target.write(struct.pack(">I", len(content) - 4) + content)
            target.write(struct.pack(">I", zlib.crc32(content)))
        elif kind == b"IEND":
            return


def _into_jpeg(source: IO[bytes], target: IO[bytes], packet: bytes) -> None:
    """XMP, part 3: a segment APP1 of its own, behind those of JFIF and Exif, which want to be the first."""
    target.write(_exactly(source, 2))
    is_written = False
    while True:
        marker = _jpeg_marker(source)
        length = struct.unpack(">H", _exactly(source, 2))[0]
        content = _exactly(source, length - 2)
        if marker == _APP11 and b"jumb" in content[:32]:
            raise _LeftAlone
        if marker == _APP1 and content.startswith((_JPEG_XMP, _JPEG_MORE_XMP)):
            continue
        is_first = marker == _APP0 or (marker == _APP1 and content.startswith(_JPEG_EXIF))
        if not is_written and not is_first:
            ours = _JPEG_XMP + packet
            target.write(struct.pack(">BBH", 0xFF, _APP1, len(ours) + 2) + ours)
            is_written = True
        target.write(struct.pack(">BBH", 0xFF, marker, length) + content)
        if marker == _SOS:
            shutil.copyfileobj(source, target, _PIECE)
            return


def _jpeg_marker(source: IO[bytes]) -> int:
    """Return the next marker; any number of FF may stand before it, and none without a length."""
    if _exactly(source, 1) != b"\xff":
        raise _LeftAlone
    marker = 0xFF
    while marker == 0xFF:
        marker = _exactly(source, 1)[0]
    if marker == 0 or 0xD0 <= marker <= 0xD9:
        raise _LeftAlone
    return marker


def _into_webp(source: IO[bytes], target: IO[bytes], packet: bytes) -> None:
    """RFC 9649: a chunk at the end, and a flag in the extended header, which simple files have not."""
    end = 8 + struct.unpack("<I", _exactly(source, 8)[4:])[0]
    source.seek(12)
    target.write(b"RIFF\0\0\0\0WEBP")
    while source.tell() < end:
        kind, length = struct.unpack("<4sI", _exactly(source, 8))
        padded = length + length % 2
        if kind == b"C2PA":
            raise _LeftAlone
        if kind == b"XMP ":
            source.seek(padded, 1)
            continue
        if target.tell() == 12:
            extended, begins = _webp_header(source, kind)
            target.write(extended)
        else:
            begins = b""
        if begins and kind == b"VP8X":
            _copy(source, target, padded - len(begins))
            continue
        target.write(struct.pack("<4sI", kind, length) + begins)
        _copy(source, target, padded - len(begins))
    target.write(struct.pack("<4sI", b"XMP ", len(packet)) + packet + b"\0" * (len(packet) % 2))
    size = target.tell() - 8
    target.seek(4)
    target.write(struct.pack("<I", size))


def _webp_header(source: IO[bytes], kind: bytes) -> tuple[bytes, bytes]:
    """Return an extended header that announces XMP, and what was read of the first chunk's content."""
    begins = _exactly(source, 10)
    alpha = 0
    if kind == b"VP8X":
        flags = begins[0] | _WEBP_HAS_XMP
        return struct.pack("<4sI", b"VP8X", 10) + bytes([flags]) + begins[1:], begins
    if kind == b"VP8L" and begins[0] == 0x2F:
        bits = int.from_bytes(begins[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 " and begins[3:6] == b"\x9d\x01\x2a":
        width, height = (edge & 0x3FFF for edge in struct.unpack("<HH", begins[6:10]))
        width, height = width - 1, height - 1
    else:
        raise _LeftAlone
    flags = _WEBP_HAS_XMP | (_WEBP_HAS_ALPHA if alpha else 0)
    edges = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return struct.pack("<4sIB3x", b"VP8X", 10, flags) + edges, begins


def _exactly(source: IO[bytes], length: int) -> bytes:
    read = source.read(length) if length >= 0 else b""
    if len(read) != length:
        raise _LeftAlone
    return read


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> None:
    while length > 0:
        piece = _exactly(source, min(length, _PIECE))
        target.write(piece)
        length -= len(piece)
