"""A zip of very many images, made by the job itself: `python -m tests.bench.zipping --images 10000 [--s3]`.

PostgreSQL, storage and everything else are of its own. Told are the time, the size and the memory of the
process that makes it, which is to be the same at the end as after a tenth.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.own_server import own_server, run
from tests.services.broker import redis_server, redis_url
from tests.services.s3 import s3_server


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.zipping", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--s3", action="store_true", help="keep the files in an S3 server, not in a folder")
    asked = parser.parse_args(arguments)
    with own_server() as database, _storage(is_s3=asked.s3) as storage:
        environment = {**database, **storage}
        run(environment, "-m", "imagestudio.embedded.first_run")
        run(environment, "-m", "tests.bench.scroll_rows", str(asked.images))
        for how in ("named", "all"):
            run(environment, "-m", "tests.bench.zip_job", how)
    return 0


@contextmanager
def _storage(*, is_s3: bool) -> Iterator[Mapping[str, str]]:
    with tempfile.TemporaryDirectory(prefix="studio-") as name, redis_server(Path(name)):
        rings = {"REDIS_URL": redis_url(Path(name))}
        if not is_s3:
            yield rings
            return
        with s3_server(Path(name)) as server:
            yield {**server.make_bucket().environment, **rings}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
