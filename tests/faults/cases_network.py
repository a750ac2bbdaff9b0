"""Cases 36 to 42: the way to the endpoint."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from generations.models import CallStatus, Generation
from generations.submission import cancel
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, Case, all_hold, one
from tests.faults.network import RawServer, Wire
from tests.faults.stand import Stand

_CERTIFICATE = Path(__file__).parent.parent / "images_api" / "certificate.pem"
_SHORT = 4  # seconds


def _not_sent(stand: Stand, generation: Generation) -> str:
    """It waits for another try, and nobody was asked."""
    asking.wait_until(lambda: asking.only_call(generation).repeats > 0, seconds=90)
    call = asking.only_call(generation)
    promises = {
        f"it waits again (it is {call.status} {call.reason})": call.status
        in (CallStatus.QUEUED, CallStatus.CLAIMED),
        "nobody was asked": asking.requests(stand.simulator, generation.pk) == (0, 0),
    }
    cancel(generation)
    return all_hold(promises)


def _unreachable(number: int, injected: str, base_url: Callable[[Stand], str], **fields: Any) -> Case:
    def inject(stand: Stand) -> Generation:
        return asking.ask(
            stand, "a cat", endpoint=asking.own_endpoint(f"case {number}", base_url(stand), **fields)
        )

    return Case(number, injected, AS_PROMISED, inject, _not_sent)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _silent_port(stand: Stand) -> str:
    """A host that takes the connection to its queue and never speaks TLS."""
    server = socket.create_server(("127.0.0.1", 0), backlog=1)
    _held.append(server)
    return f"https://127.0.0.1:{server.getsockname()[1]}/v1"


def _bad_certificate(stand: Stand) -> Generation:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_CERTIFICATE)
    listener = socket.create_server(("127.0.0.1", 0))
    _held.append(listener)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError):
                context.wrap_socket(client, server_side=True).close()

    threading.Thread(target=serve, daemon=True).start()
    address = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
    return asking.ask(stand, "a cat", endpoint=asking.own_endpoint("case 37", address))


def _through(stand: Stand, mode: str, *, deadline: int | None = None) -> tuple[Wire, Generation]:
    """Ask through a wire of its own that behaves like this."""
    wire = Wire(("127.0.0.1", int(stand.simulator.base_url.split(":")[2].split("/")[0])))
    wire.mode = mode
    endpoint = asking.own_endpoint(f"wire {mode}", f"http://127.0.0.1:{wire.port}/v1", deadline=deadline)
    return wire, asking.ask(stand, "a cat", endpoint=endpoint)


def _wire(number: int, injected: str, mode: str, *expected: str, deadline: int | None = None) -> Case:
    def see(stand: Stand, handle: tuple[Wire, Generation]) -> str:
        seen = asking.wait_for_state(stand, handle[1], expected)
        handle[0].close()
        return seen

    return Case(number, injected, expected, lambda stand: _through(stand, mode, deadline=deadline), see)


def _proxy_that_wants_a_password(stand: Stand) -> Generation:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    proxy = RawServer(lambda request: refusal)
    endpoint = asking.own_endpoint("case 41", "https://images.example/v1")
    endpoint.store_proxy(f"http://127.0.0.1:{proxy.port}")
    endpoint.save()
    return asking.ask(stand, "a cat", endpoint=endpoint)


def _storm(stand: Stand) -> Generation:
    endpoint = asking.own_endpoint("case 42", stand.base_url, deadline=2)
    doomed = [asking.ask(stand, "a cat [[slow:5]]", endpoint=endpoint) for _ in range(12)]
    asking.wait_until(
        lambda: (
            not Generation.objects.filter(
                pk__in=[one.pk for one in doomed], status__in=("queued", "running")
            ).exists()
        ),
        seconds=90,
    )
    endpoint.models.update(deadline_seconds=60)  # what the storm left behind must not stop the next one
    return asking.ask(stand, "a cat", endpoint=endpoint)


def _end(stand: Stand, generation: Generation) -> str:
    return asking.wait_for_state(stand, generation, (DONE,))


_held: list[socket.socket] = []  # listeners that must not be closed before the run is over

CASES = (
    _unreachable(36, "a name that nobody knows", lambda stand: "http://no-such-host.invalid/v1"),
    _unreachable(37, "a port that refuses", lambda stand: f"http://127.0.0.1:{_closed_port()}/v1"),
    _unreachable(37, "a host that takes the connection and says nothing", _silent_port),
    Case(
        37,
        "a certificate that nobody trusts",
        ("failed certificate: asked 0, paid 0, images 0",),
        _bad_certificate,
        lambda stand, generation: asking.wait_for_state(
            stand, generation, ("failed certificate: asked 0, paid 0, images 0",)
        ),
    ),
    _wire(38, "reset when the answer begins", "reset", "unknown connection_lost: asked 1, paid 1, images 0"),
    one(
        38,
        "closed before the answer",
        "unknown connection_lost: asked 1, paid 1, images 0",
        prompt="a cat [[drop]]",
    ),
    _wire(39, "nothing comes back", "mute", "unknown timeout: asked 1, paid 1, images 0", deadline=_SHORT),
    _wire(40, "40 kB a second", "slow", DONE),
    one(41, "HTTP_PROXY set to nowhere in every calls worker", DONE),
    Case(41, "a proxy that answers 407", AS_PROMISED, _proxy_that_wants_a_password, _not_sent),
    Case(42, "twelve timeouts, then one more call", (DONE,), _storm, _end),
)
