"""Tables to take along: CSV that streams and that no spreadsheet runs."""

import csv
from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.cache import patch_cache_control

from generations.jobs.table import harmless
from generations.views.door import shut_in


class _Line:
    """What a CSV writer writes into, a line at a time."""

    def write(self, text: str) -> str:
        return text


def table(rows: Iterable[Iterable[object]], *, name: str) -> StreamingHttpResponse:
    """Answer with rows of cells as a file called `name`; no cell of it is taken for a formula."""
    writer: Any = csv.writer(_Line())
    lines = (writer.writerow([harmless(str(cell)) for cell in row]) for row in rows)
    response = StreamingHttpResponse(
        _marked(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    shut_in(response)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _marked(lines: Iterable[str]) -> Iterable[str]:
    yield "\ufeff"  # the mark by which Excel knows the encoding
    yield from lines
