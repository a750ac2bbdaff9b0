"""Addresses of the studio's own pages."""

from django.urls import path, re_path

from generations.views import (
    abilities,
    create,
    endpoints,
    engine,
    generation,
    health,
    history,
    images,
    previews,
    references,
    review,
    unclassified,
)

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
    path("images/<uuid:pk>/reference/", images.use_as_reference, name="use_as_reference"),
    path("references/", references.references, name="references"),
    path("references/<uuid:pk>/320/", references.reference, {"variant": "320"}, name="reference_small"),
    path("references/<uuid:pk>/original/", references.reference, {"variant": "original"}, name="reference"),
    re_path(
        r"^media/(?P<pk>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<variant>original|320|640)/$",
        images.media,
        name="media",
    ),
    path("previews/<uuid:pk>/", previews.preview, name="preview"),
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
    path("endpoints/<int:pk>/models/<int:model>/abilities/", abilities.abilities, name="endpoint_abilities"),
    path("endpoints/unclassified/", unclassified.unclassified, name="unclassified"),
    path("engine/", engine.engine, name="engine"),
    path("engine/now/", engine.now, name="engine_now"),
    path("engine/parts/", engine.slower_half, name="engine_parts"),
    path("engine/pause/", engine.pause, name="engine_pause"),
    path("engine/pauses/<int:pk>/end/", engine.resume, name="engine_resume"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
