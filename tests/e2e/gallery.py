"""Every state of a batch as rows: what a page shows in each, without waiting for an endpoint to end up there.

    studio.manage("shell", "-c", "from tests.e2e import gallery; gallery.build('ada@studio.example')")

Nothing of it is taken by workers: the endpoint has as many calls under way as it has places, and their leases
are good for days. `build()` may be called again and makes everything anew.
"""

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Picture

from generations import interventions, live, previews, timing
from generations.models import Call, Endpoint, EndpointModel, Generation, Image, Pause, Refusal
from generations.previews import Partial
from team.models import User

NAME = "Gallery"
MEASURED = (25, 40)  # seconds: what eighteen calls took, and what the two slowest did
MODEL, PAUSED_MODEL = "gpt-image-2", "gpt-image-1"
PENNILESS_MODEL = "gpt-image-1.5"  # on offer: the form says what asking for it would come to
_ADMINISTRATOR = "gallery-administrator@studio.example"
_LEASE = timedelta(days=7)
_LONG = " ".join(['<b>bold</b> & "quoted"', "x" * 400, "🐱‍👤🎨", "שלום עולם", "\u202eturned\u202c"])

# Name of the state: prompt, fields of the generation, fields of its calls, images, and what was withheld. The
# first is the newest; the page Create shows twelve.
STATES: Mapping[str, Mapping[str, Any]] = {
    "queued": {"call": {"status": "queued"}},
    "queued behind": {"call": {"status": "queued"}, "n": 2},
    "asked again": {"call": {"status": "queued", "repeats": 1, "not_before": 90}},
    "paused": {"call": {"status": "queued"}, "model": PAUSED_MODEL},
    "running": {"call": {"status": "sent", "claimed_at": -18}, "n": 4, "quality": "high"},
    "no measured times": {"call": {"status": "sent", "claimed_at": -9}, "size": "1536x1024"},
    "late": {"call": {"status": "sent", "claimed_at": -90}, "quality": "high"},
    "preview": {"call": {"status": "sent", "claimed_at": -90}, "quality": "high", "preview": True},
    "done": {"call": {"outcome": "succeeded"}, "n": 4, "images": 4},
    "partial": {"call": {"outcome": "partial"}, "n": 4, "images": 3, "withheld": 1, "reason": "withheld"},
    "held": {"call": {"outcome": "succeeded"}, "n": 2, "images": 2, "held": True},
    "blocked": {"call": {"outcome": "blocked"}, "stage": "input", "reason": "moderation_blocked"},
    "failed": {"call": {"outcome": "failed", "repeats": 2}, "reason": "server_error"},
    "unknown": {"call": {"status": "unknown"}, "reason": "timeout"},
    "cancelled": {"call": {"outcome": "cancelled"}, "n": 4, "images": 1, "cancelled": True},
    "cancelled early": {"call": {"outcome": "cancelled"}, "cancelled": True},
    "cancelled by another": {"call": {"outcome": "cancelled"}, "cancelled": True, "by": "Lin"},
    "hostile": {"call": {"outcome": "succeeded"}, "images": 1, "prompt": _LONG},
    "no budget": {"call": {"status": "queued"}, "model": PENNILESS_MODEL},
}
_STATUS = {
    "queued": "queued", "queued behind": "queued", "asked again": "queued", "paused": "queued",
    "running": "running", "no measured times": "running", "late": "running", "preview": "running",
    "done": "succeeded", "partial": "partial", "blocked": "blocked", "failed": "failed", "unknown": "unknown",
    "held": "succeeded", "cancelled": "partial", "cancelled early": "cancelled",
    "cancelled by another": "cancelled", "hostile": "succeeded", "no budget": "queued",
}  # fmt: skip


def build(email: str) -> dict[str, str]:
    """Make one generation in every state for the member; return the id of each by the state's name."""
    clear()
    member = User.objects.get(email=email)
    busy = sum(state == "running" for state in _STATUS.values())
    endpoint = Endpoint.objects.create(
        name=NAME, base_url="http://127.0.0.1:9/v1", calls_at_once=busy, partial_images=3
    )
    for name in (MODEL, PAUSED_MODEL):  # in use, and not on offer in the form
        EndpointModel.objects.create(endpoint=endpoint, name=name, is_active=False)
    EndpointModel.objects.create(endpoint=endpoint, name=PENNILESS_MODEL, position=99)
    Pause.objects.create(endpoint=endpoint, model=PAUSED_MODEL, paused_by=member)
    Pause.objects.create(endpoint=endpoint, model=PENNILESS_MODEL, reason="no_quota")
    _measure(member, endpoint)
    made: dict[str, str] = {}
    for number, name in enumerate(reversed(list(STATES))):
        generation = _generation(member, endpoint, name, seconds_ago=300 - number)
        made[name] = str(generation.pk)
    timing.forget()
    live.announce(member.pk)
    return made


def build_long(email: str, count: int) -> None:
    """Give the member a history of so many images, four to a day; they all show the same two pictures."""
    member = User.objects.get(email=email)
    endpoint = Endpoint.objects.get_or_create(
        name=NAME, defaults={"base_url": "http://127.0.0.1:9/v1", "is_active": False}
    )[0]
    stored = [_stored(shade) for shade in (60, 160)]
    for number in range(count):
        asked = timezone.now() - timedelta(hours=6 * number + 1)
        generation = Generation.objects.create(
            member=member,
            submit_token=uuid4(),
            endpoint=endpoint,
            model=MODEL,
            prompt=f"Long ago {number}",
            n=1,
            status="succeeded",
            images_count=1,
            created_at=asked,
            started_at=asked,
            finished_at=asked,
        )
        _image(_call(generation, {"outcome": "succeeded"}, asked), 0, stored=stored[number % 2])


def clear() -> None:
    """Take every row of the gallery away again."""
    Generation.objects.filter(endpoint__name=NAME).delete()
    Endpoint.objects.filter(name=NAME).delete()
    User.objects.filter(email=_ADMINISTRATOR).delete()


def _generation(member: User, endpoint: Endpoint, name: str, *, seconds_ago: int) -> Generation:
    state = STATES[name]
    asked = timezone.now() - timedelta(seconds=seconds_ago)
    status = _STATUS[name]
    is_over = status not in ("queued", "running")
    generation = Generation.objects.create(
        member=member,
        submit_token=uuid4(),
        endpoint=endpoint,
        model=state.get("model", MODEL),
        prompt=state.get("prompt", f"State: {name}"),
        n=state.get("n", 1),
        size=state.get("size", "1024x1024"),
        quality=state.get("quality", ""),
        status=status,
        reason=state.get("reason", ""),
        images_count=state.get("images", 0),
        created_at=asked,
        started_at=asked if status != "queued" else None,
        finished_at=asked + timedelta(seconds=34) if is_over else None,
        cancel_asked_at=asked + timedelta(seconds=6) if state.get("cancelled") else None,
    )
    call = _call(generation, dict(state["call"]), asked)
    for index in range(state.get("images", 0)):
        _image(call, index, stored=_stored(40 + 50 * index))
    if "held" in state:
        generation.images.update(hidden_at=timezone.now())
    if "withheld" in state or "stage" in state:
        _refusal(call, state)
    if "by" in state:
        other = User.objects.get_or_create(email=_ADMINISTRATOR, defaults={"name": state["by"]})[0]
        interventions.note_cancelled(generation, by=other)
    if "preview" in state:
        previews.show(call.pk, Partial(number=2, index=1, of=3, data=_picture("WEBP", shade=90)))
    return generation


def _call(generation: Generation, fields: dict[str, Any], asked: Any) -> Call:
    now = timezone.now()
    for name in ("claimed_at", "not_before"):
        if name in fields:
            fields[name] = now + timedelta(seconds=fields[name])
    is_under_way = fields.get("status") == "sent"
    known = {
        "status": "settled",
        "queued_at": asked,
        "sent_at": fields.get("claimed_at"),
        "lease_until": now + _LEASE if is_under_way else None,
        "reason": generation.reason,
    }
    return Call.objects.create(
        generation=generation,
        member=generation.member,
        endpoint=generation.endpoint,
        n=generation.n,
        **{**known, **fields},
    )


def _measure(member: User, endpoint: Endpoint) -> None:
    """Twenty finished calls of yesterday, from which the usual time is known."""
    begin = timezone.now() - timedelta(days=1)
    usual, slow = MEASURED
    for number in range(20):
        generation = Generation.objects.create(
            member=member,
            submit_token=uuid4(),
            endpoint=endpoint,
            model=MODEL,
            prompt=f"Measured {number}",
            n=1,
            size="1024x1024",
            quality="high",
            status="succeeded",
            created_at=begin,
            finished_at=begin,
        )
        Call.objects.create(
            generation=generation,
            member=member,
            endpoint=endpoint,
            n=1,
            status="settled",
            outcome="succeeded",
            queued_at=begin,
            claimed_at=begin,
            sent_at=begin,
            settled_at=begin + timedelta(seconds=usual if number < 17 else slow),
        )


def _stored(shade: int) -> str:
    return default_storage.save(f"gallery/{uuid4()}.png", ContentFile(_picture("PNG", shade=shade)))


def _image(call: Call, index: int, *, stored: str) -> None:
    Image.objects.create(
        generation=call.generation,
        call=call,
        index=index,
        media_type="image/png",
        width=256,
        height=256,
        bytes=1,
        sha256="0" * 64,
        original=stored,
        thumb_320=stored,
        thumb_640=stored,
    )


def _refusal(call: Call, state: Mapping[str, Any]) -> None:
    Refusal.objects.create(
        call=call,
        generation=call.generation,
        stage=state.get("stage", "withheld"),
        message="Your request was rejected by the safety system.",
        asked=call.n,
        withheld=state.get("withheld", 0),
    )


def _picture(kind: str, *, shade: int) -> bytes:
    """A gradient, so that one sees where a picture ends."""
    picture = Picture.linear_gradient("L").resize((256, 256))
    colored = Picture.merge("RGB", (picture, picture.rotate(90), Picture.new("L", picture.size, shade)))
    written = io.BytesIO()
    colored.save(written, kind)
    return written.getvalue()
