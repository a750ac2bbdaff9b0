"""Addresses of the studio's own pages."""

from django.urls import path, re_path

from generations.views import create, endpoints, generation, health, history, images, review

app_name = "generations"
urlpatterns = [
    path("", create.create, name="create"),
    path("live/", create.results, name="live"),
    path("options/", create.options, name="options"),
    path("history/", history.history, name="history"),
    path("generations/<uuid:pk>/", generation.generation, name="generation"),
    path("generations/<uuid:pk>/cancel/", generation.cancel, name="cancel"),
    path("generations/<uuid:pk>/retry/", generation.retry, name="retry"),
    path("images/<uuid:pk>/", images.image, name="image"),
    re_path(
        r"^media/(?P<pk>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<variant>original|320|640)/$",
        images.media,
        name="media",
    ),
    path("review/", review.review, name="review"),
    path("review/<int:pk>/", review.review_item, name="review_item"),
    path("endpoints/", endpoints.endpoints, name="endpoints"),
    path("endpoints/add/", endpoints.add, name="endpoint_add"),
    path("endpoints/<int:pk>/", endpoints.endpoint, name="endpoint"),
    path("endpoints/<int:pk>/switch/", endpoints.switch, name="endpoint_switch"),
    path("endpoints/<int:pk>/check/", endpoints.check_now, name="endpoint_check"),
    path("endpoints/<int:pk>/find/", endpoints.find_models, name="endpoint_find"),
    path("endpoints/<int:pk>/models/", endpoints.add_models, name="endpoint_models"),
    path("endpoints/<int:pk>/models/<int:model>/", endpoints.change_model, name="endpoint_model"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
