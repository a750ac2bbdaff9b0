"""Every word of the pages has its Chinese, none of it is a guess, and its placeholders are the same."""

import re
import sys
import tempfile
from pathlib import Path

import polib

from tests.tools.messages import collect_in_copy

_PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|\{\w*\}")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = polib.pofile(str(collect_in_copy(Path(folder))))
    findings = [finding for entry in catalogue if (finding := _judge(entry))]
    print("\n".join(findings))
    return 1 if findings else 0


def _judge(entry: polib.POEntry) -> str:
    where = f"{entry.occurrences[0][0] if entry.occurrences else '?'}: {entry.msgid!r}"
    translations = list(entry.msgstr_plural.values()) or [entry.msgstr]
    if not all(translations):
        return f"{where} has no translation"
    if entry.fuzzy:
        return f"{where} is fuzzy: {translations[0]!r}"
    # Chinese has one plural form; it must carry what the English plural carries.
    expected = sorted(_PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    if any(sorted(_PLACEHOLDER.findall(text)) != expected for text in translations):
        return f"{where} has other placeholders: {translations[0]!r}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
