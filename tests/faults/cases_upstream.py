"""Cases 16 to 35: what an images endpoint, or something in front of it, can answer."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from generations.models import Call, Generation, Image
from generations.submission import cancel
from tests.fake_endpoint import picture
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, Case, all_hold, one
from tests.faults.network import RawServer
from tests.faults.stand import SECRET, Stand

_REPEATED = "succeeded: asked 2, paid 1, images 1"
_SHORT = 4  # seconds: a deadline that a case does not wait long for
_HOSTILE = "<script>alert(1)</script>\x00\ud800" + "x" * 1_000_000


def _never(stand: Stand, generation: Generation) -> str:
    """The pause that the endpoint asked for is not taken at its word."""
    asking.wait_until(lambda: generation.calls.count() == 2)
    waiting = asking.only_call(generation)
    is_capped = waiting.not_before is not None and waiting.not_before < timezone.now() + timedelta(minutes=11)
    cancel(generation)
    return all_hold({"it waits ten minutes at most": is_capped, "it waits": waiting.status == "queued"})


def _long_pause(value: str) -> Case:
    return Case(
        17,
        f"429, Retry-After: {value}",
        AS_PROMISED,
        lambda stand: asking.ask(stand, f"a cat [[status:429]] [[retry-after:{value}]]"),
        _never,
    )


def _raw(number: int, injected: str, answer: Callable[[bytes], bytes], *expected: str) -> Case:
    """A server that writes its answer itself; it has no ledger, so it counts what it is asked."""

    def inject(stand: Stand) -> tuple[RawServer, Generation]:
        server = RawServer(answer)
        endpoint = asking.own_endpoint(f"case {number}", f"http://127.0.0.1:{server.port}/v1")
        return server, asking.ask(stand, "a cat", endpoint=endpoint)

    def see(stand: Stand, handle: tuple[RawServer, Generation]) -> str:
        server, generation = handle
        asking.wait_until(lambda: not Generation.objects.get(pk=generation.pk).is_active)
        server.close()
        row = Generation.objects.get(pk=generation.pk)
        return (
            f"{row.status} {row.reason}".strip() + f": asked {len(server.asked)}, images {row.images_count}"
        )

    return Case(number, injected, expected, inject, see)


def _image(*, revised: str = "") -> bytes:
    said = {"b64_json": base64.b64encode(picture()).decode(), "revised_prompt": revised}
    return json.dumps({"created": 1, "data": [said]}).encode()


def _odd_http(request: bytes) -> bytes:
    body = _image()
    cookies = b"".join(b"Set-Cookie: c%d=%s\r\n" % (number, b"x" * 20) for number in range(1000))
    chunks = b"%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body), body)
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    return early + head + cookies + b"\r\n" + chunks


def _with_length(body: bytes, length: int) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


def _redirected_to_a_trap(stand: Stand) -> tuple[RawServer, Generation]:
    trap = RawServer(lambda request: b"HTTP/1.1 200 OK\r\n\r\n")
    endpoint = asking.own_endpoint("case 31", stand.base_url)
    prompt = f"a cat [[redirect:http://127.0.0.1:{trap.port}/v1/images/generations]]"
    return trap, asking.ask(stand, prompt, endpoint=endpoint)


def _not_followed(stand: Stand, handle: tuple[RawServer, Generation]) -> str:
    trap, generation = handle
    asking.wait_until(lambda: not Generation.objects.get(pk=generation.pk).is_active)
    trap.close()
    return all_hold(
        {
            "it failed as redirected": Generation.objects.get(pk=generation.pk).reason == "redirected",
            "nobody was asked there": not trap.asked,
        }
    )


def _key_is_hidden(stand: Stand, generation: Generation) -> str:
    asking.wait_until(lambda: not Generation.objects.get(pk=generation.pk).is_active)
    call = asking.only_call(generation)
    return all_hold(
        {
            "it failed as a bad key": call.reason == "bad_key",
            "it was asked once": asking.requests(stand.simulator, generation.pk) == (1, 0),
            "the key is not in the endpoint's words": SECRET not in call.endpoint_message,
        }
    )


def _link_kept(stand: Stand, generation: Generation) -> str:
    """A link that may still answer is tried again, and the call is not asked a second time."""
    asking.wait_until(lambda: asking.only_call(generation).status == "received")
    asking.wait_until(lambda: asking.only_call(generation).not_before is not None)
    waits = asking.only_call(generation).status == "received"
    asked = asking.requests(stand.simulator, generation.pk)
    call = asking.only_call(generation)
    # An hour later nobody waits for the link any more.
    head = stand.folder / "spool" / f"{call.pk}.head"
    said = json.loads(head.read_text())
    head.write_text(json.dumps({**said, "received_at": said["received_at"] - 4000}))
    Call.objects.filter(pk=call.pk).update(not_before=None)
    asking.wait_until(lambda: not Generation.objects.get(pk=generation.pk).is_active)
    reason = Generation.objects.get(pk=generation.pk).reason
    return all_hold(
        {
            "the link is tried again": waits,
            "asked once": asked == (1, 1),
            "told": reason == "image_not_retrievable",
        }
    )


def _true_kind(stand: Stand, generation: Generation) -> str:
    asking.wait_for_state(stand, generation, (DONE,))
    image = Image.objects.get(generation=generation)
    return f"{image.media_type}"


CASES = (
    Case(
        16,
        "401 that repeats the key",
        AS_PROMISED,
        lambda stand: asking.ask(
            stand, "a cat [[status:401]]", endpoint=asking.own_endpoint("case 16", stand.base_url)
        ),
        _key_is_hidden,
    ),
    one(
        16,
        "403",
        "failed not_verified: asked 1, paid 0, images 0",
        prompt="a cat [[status:403]]",
        endpoint={},
    ),
    one(17, "429 once, Retry-After: 2", _REPEATED, prompt="a cat [[once:status:429]] [[retry-after:2]]"),
    one(
        17, "429 once, Retry-After: soon", _REPEATED, prompt="a cat [[once:status:429]] [[retry-after:soon]]"
    ),
    _long_pause("315360000"),
    _long_pause("Fri, 31 Dec 9999 23:59:59 GMT"),
    one(
        18,
        "no money left",
        "failed no_quota: asked 1, paid 0, images 0",
        prompt="a cat [[quota]]",
        endpoint={},
    ),
    one(19, "500 for ever", "failed server_error: asked 1, paid 0, images 0", prompt="a cat [[status:500]]"),
    one(
        19,
        "500 for ever where it is free",
        "failed server_error: asked 3, paid 0, images 0",
        prompt="a cat [[status:500]]",
        endpoint={"repeat_server_errors": True},
    ),
    *(
        one(
            20,
            f"a web page with {status}",
            "unknown gateway_timeout: asked 1, paid 1, images 0",
            prompt=f"a cat [[html:{status}]]",
        )
        for status in (502, 504, 524)
    ),
    one(
        21,
        "blocked",
        "blocked moderation_blocked: asked 1, paid 0, images 0",
        prompt="a cat [[block:sexual]]",
    ),
    one(
        21,
        "blocked after the work",
        "blocked moderation_blocked: asked 1, paid 1, images 0",
        prompt="x [[block-output]]",
    ),
    one(22, "no image", "failed empty_answer: asked 1, paid 1, images 0", prompt="a cat [[empty]]"),
    one(22, "one of two", "partial withheld: asked 1, paid 1, images 1", prompt="a cat [[fewer:1]]", n=2),
    one(22, "two for one", "succeeded: asked 1, paid 1, images 2", prompt="a cat [[more:1]]"),
    *(
        one(23, f"[[{fault}]]", DONE, prompt=f"a cat [[{fault}]]")
        for fault in ("both-keys", "image-url", "no-data")
    ),
    *(
        one(24, f"[[{fault}]]", DONE, prompt=f"a cat [[{fault}]]")
        for fault in ("data-uri", "line-breaks", "url-safe")
    ),
    one(24, "no base64", "failed not_an_image: asked 1, paid 1, images 0", prompt="a cat [[bad-base64]]"),
    Case(
        25,
        "a JPEG for a PNG",
        ("image/jpeg",),
        lambda stand: asking.ask(stand, "a cat [[wrong-type]]", output_format="png"),
        _true_kind,
    ),
    one(26, "cut off", "failed truncated_answer: asked 1, paid 1, images 0", prompt="a cat [[truncate]]"),
    one(
        26, "half a body", "unknown connection_lost: asked 1, paid 1, images 0", prompt="a cat [[drop-body]]"
    ),
    one(27, "without end", "unknown answer_too_large: asked 1, paid 1, images 0", prompt="a cat [[endless]]"),
    _raw(
        27,
        "Content-Length of 10 GB",
        lambda request: _with_length(b"{", 10_000_000_000),
        "unknown answer_too_large: asked 1, images 0",
    ),
    one(28, "gzip", "failed encoded_body: asked 1, paid 1, images 0", prompt="a cat [[gzip]]"),
    one(28, "gzip twice", "failed encoded_body: asked 1, paid 1, images 0", prompt="a cat [[gzip-twice]]"),
    one(
        29,
        "a piece every two seconds",
        "unknown timeout: asked 1, paid 1, images 0",
        prompt="a cat [[drip:2]]",
        endpoint={"deadline": _SHORT},
    ),
    _raw(
        30,
        "early hints, trailers, 1000 cookies",
        _odd_http,
        "succeeded: asked 1, images 1",
        "unknown connection_lost: asked 1, images 0",
    ),
    Case(31, "a redirect to another host", AS_PROMISED, _redirected_to_a_trap, _not_followed),
    one(32, "an answer within the deadline", DONE, prompt="a cat [[slow:2]]", endpoint={"deadline": 30}),
    one(
        32,
        "an answer after the deadline",
        "unknown timeout: asked 1, paid 1, images 0",
        prompt="a cat [[slow:8]]",
        endpoint={"deadline": _SHORT},
    ),
    one(
        34,
        "a link that is over: 403",
        "failed image_not_retrievable: asked 1, paid 1, images 0",
        prompt="a cat [[expired-link]]",
    ),
    Case(
        34,
        "a link to what is not there yet: 404",
        AS_PROMISED,
        lambda stand: asking.ask(stand, f"a cat [[link:{stand.base_url}/images/not-there-yet.png]]"),
        _link_kept,
    ),
    one(
        34,
        "a link to the machine's own secrets",
        "failed forbidden_address: asked 1, paid 1, images 0",
        prompt="a cat [[link:http://169.254.169.254/latest/meta-data]]",
    ),
    _raw(
        35,
        "a revised prompt of 1 MB with HTML, NUL, lone surrogates",
        lambda request: (lambda body: _with_length(body, len(body)))(_image(revised=_HOSTILE)),
        "succeeded: asked 1, images 1",
    ),
)
