"""Every word of the pages has its Chinese, none of it is a guess, and its placeholders are the same."""

import ast
import re
import sys
import tempfile
from pathlib import Path

import polib

from tests.tools.messages import SOURCES, collect_in_copy

_GETTEXT = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|\{\w*\}")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = polib.pofile(str(collect_in_copy(Path(folder))))
    findings = [finding for entry in catalogue if (finding := _judge(entry))]
    for path in (path for name in SOURCES for path in sorted(Path(name).rglob("*.py"))):
        findings += [f"{path}: {found}" for found in hidden(path.read_text())]
    print("\n".join(findings))
    return 1 if findings else 0


def hidden(code: str) -> list[str]:
    """Return a finding for each word of a page that gettext does not see, since it stands in an f-string."""
    return [
        f"line {call.lineno}: {ast.unparse(call)} stands in an f-string, which gettext does not read"
        for string in ast.walk(ast.parse(code))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _GETTEXT
    ]


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
