"""How a long history scrolls, with nothing to prepare: `python -m tests.bench.scroll --images 10000`.

Brings a PostgreSQL and a web server of its own, fills them, and runs tests.bench.history_scroll on them.
There are no workers: nothing else happens meanwhile.
"""

import argparse
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from imagestudio.embedded.checks import is_healthy
from imagestudio.embedded.options import Options
from imagestudio.embedded.parts import parts
from tests.bench.own_server import own_server, run
from tests.services.broker import redis_server, redis_url
from tests.services.processes import free_port, start, wait_for

_EMAIL, _PASSWORD = "administrator@example.com", secrets.token_urlsafe(12)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scroll", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    asked = parser.parse_args(arguments)
    with own_server() as database:
        folder = Path(database["STUDIO_VAR"])
        environment = {
            **database,
            "ADMIN_EMAIL": _EMAIL,
            "ADMIN_PASSWORD": _PASSWORD,
            "REDIS_URL": redis_url(folder),
            "STUDIO_EMBEDDED": "1",
            "STUDIO_HOST": "bench",
        }
        run(environment, "-m", "imagestudio.embedded.first_run")
        run(environment, "-m", "tests.bench.scroll_rows", str(asked.images))
        with redis_server(folder), _web(folder, environment) as url:
            run(environment, "-m", "tests.bench.history_scroll", url, _EMAIL, _PASSWORD)
    return 0


@contextmanager
def _web(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    options = Options(port=port, var=folder, redis_url="", simulated=False, environment=environment)
    (part,) = (part for part in parts(options, environment) if part.name == "web")
    web = start("web", part.command, environment=environment, log=folder / "web.log")
    try:
        wait_for(lambda: is_healthy(port), "web", running=[web], seconds=120)
        yield f"http://127.0.0.1:{port}"
    finally:
        web.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
