"""Compiles locale/*/LC_MESSAGES/*.po for Django without gettext: ``python -m imagestudio.translations``."""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_translations(locale: Path = LOCALE) -> list[Path]:
    """Write the .mo beside every .po that is newer, and return what was written."""
    return [_compile(po) for po in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_newer(po)]


def _is_newer(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns


def _compile(po: Path) -> Path:
    mo = po.with_suffix(".mo")
    unfinished = po.with_suffix(".mo.new")  # a process that starts meanwhile must not read half a file
    polib.pofile(str(po)).save_as_mofile(str(unfinished))
    return unfinished.replace(mo)


if __name__ == "__main__":
    compile_translations()
