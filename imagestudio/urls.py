"""Which app answers which address."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("generations.urls")),
    path("", include("team.urls")),
    path("account/", include("team.account_urls")),
    path("admin/", admin.site.urls),
    # Browsers ask for it by this name on pages that name no icon, such as the admin's.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("icons/favicon.svg"))),
]

handler400 = "imagestudio.errors.unreadable"
handler500 = "imagestudio.errors.failed"
