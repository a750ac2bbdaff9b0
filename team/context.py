from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import get_language

from team.preferences import theme_of


def preferences(request: HttpRequest) -> dict[str, str]:
    """Context processor: how the page looks (`theme`) and which language it is in (`language`)."""
    return {"theme": theme_of(request), "language": get_language() or ""}
