from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from team.access import is_own_url


class StudioAdminSite(AdminSite):
    """Django's admin without a door of its own: whoever enters has passed the studio's throttled sign-in."""

    site_header = _("Image Studio: all tables")
    site_title = _("Image Studio")
    index_title = _("All tables")

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        wanted = request.GET.get("next")
        next_url = wanted if wanted and is_own_url(request, wanted) else reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(next_url)
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(next_url)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")
