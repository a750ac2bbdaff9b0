"""Which app answers which address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("generations.urls")),
    path("", include("team.urls")),
    path("account/", include("team.account_urls")),
    path("admin/", admin.site.urls),
]
