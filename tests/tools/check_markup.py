"""Templates carry no inline styles, scripts or handlers: the content security policy would ignore them."""

import re
import sys
from pathlib import Path

INLINE = {
    "an inline style": re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/json)", re.IGNORECASE
    ),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}


def main() -> int:
    findings = [
        finding for template in sorted(Path("templates").glob("**/*.html")) for finding in _read(template)
    ]
    print("\n".join(findings))
    return 1 if findings else 0


def _read(template: Path) -> list[str]:
    text = template.read_text(encoding="utf-8")
    return [
        f"{template}:{text.count(chr(10), 0, match.start()) + 1}: {what}"
        for what, pattern in INLINE.items()
        for match in pattern.finditer(text)
    ]


if __name__ == "__main__":
    sys.exit(main())
