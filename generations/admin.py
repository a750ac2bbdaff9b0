"""The stock admin: for looking at everything, and for changing what is not history."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from generations.models import Call, Endpoint, EndpointModel, Generation, Image, Refusal, Verdict

if TYPE_CHECKING:  # Django's own classes take no parameters at run time
    AnyAdmin = admin.ModelAdmin[Any]
    ModelsInline = admin.TabularInline[EndpointModel, Endpoint]
else:
    AnyAdmin = admin.ModelAdmin
    ModelsInline = admin.TabularInline


class HistoryAdmin(AnyAdmin):
    """Rows that tell what happened: to be searched, never to be rewritten."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EndpointModelInline(ModelsInline):
    model = EndpointModel
    extra = 1
    # Abilities are checked one by one on the model's own page.
    exclude = ("abilities",)


@admin.register(Endpoint)
class EndpointAdmin(AnyAdmin):
    list_display = (
        "name",
        "base_url",
        "key_variable",
        "calls_at_once",
        "calls_per_minute",
        "deadline_seconds",
        "is_active",
    )
    list_filter = ("is_active",)
    search_fields = ("name", "base_url")
    inlines = (EndpointModelInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> tuple[str, ...]:
        # A stored key goes to the host it was typed for; the page Endpoints asks for it again.
        return ("base_url",) if obj and obj.has_stored_key else ()


@admin.register(EndpointModel)
class EndpointModelAdmin(AnyAdmin):
    list_display = (
        "name",
        "label",
        "endpoint",
        "position",
        "calls_at_once",
        "deadline_seconds",
        "is_active",
    )
    list_filter = ("endpoint", "is_active")
    readonly_fields = ("abilities",)
    search_fields = ("name", "label")


@admin.register(Generation)
class GenerationAdmin(HistoryAdmin):
    list_display = ("created_at", "member", "model", "n", "status", "outcome", "reason", "prompt_start")
    list_filter = ("status", "outcome", "reason", "model", "endpoint")
    search_fields = ("prompt", "member__email", "=id")
    list_select_related = ("member",)
    date_hierarchy = "created_at"
    show_full_result_count = False

    @admin.display(description=_("prompt"))
    def prompt_start(self, generation: Generation) -> str:
        return generation.prompt[:80]


@admin.register(Call)
class CallAdmin(HistoryAdmin):
    list_display = (
        "queued_at",
        "generation",
        "status",
        "outcome",
        "reason",
        "http_status",
        "request_id",
        "worker",
        "words_start",
    )
    list_filter = ("status", "outcome", "reason", "http_status", "endpoint")
    search_fields = ("request_id", "endpoint_code", "endpoint_message", "=id", "=generation__id")
    list_select_related = ("generation",)
    show_full_result_count = False

    @admin.display(description=_("endpoint's words"))
    def words_start(self, call: Call) -> str:
        return call.endpoint_message[:120]


@admin.register(Image)
class ImageAdmin(HistoryAdmin):
    list_display = ("created_at", "generation", "index", "media_type", "width", "height", "bytes")
    list_filter = ("media_type",)
    search_fields = ("sha256", "=id", "=generation__id", "generation__prompt")
    list_select_related = ("generation",)
    show_full_result_count = False


@admin.register(Refusal)
class RefusalAdmin(HistoryAdmin):
    list_display = (
        "created_at",
        "generation",
        "stage",
        "code",
        "categories",
        "withheld",
        "asked",
        "request_id",
    )
    list_filter = ("stage", "code")
    search_fields = ("message", "request_id", "generation__prompt", "generation__member__email")
    list_select_related = ("generation",)


@admin.register(Verdict)
class VerdictAdmin(HistoryAdmin):
    list_display = ("created_at", "case", "reviewer", "decision", "note")
    list_filter = ("decision", "reviewer")
    search_fields = ("note", "reviewer__email", "case__generation__prompt")
    list_select_related = ("case", "reviewer")
