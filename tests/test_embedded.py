"""`python -m imagestudio.embedded`, started as a person starts it: its first run, its end, its refusals."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from imagestudio.embedded.options import CannotStart, read_env_file, read_options
from imagestudio.embedded.var_folder import kept_secret, socket_folder
from tests.services.processes import ROOT, Running, accepts, free_port, start, wait_for

COMMAND = (sys.executable, "-m", "imagestudio.embedded")
SECONDS_TO_END = 10


def test_the_first_run_shows_the_administrator_once_and_the_second_start_is_quick(short_folder: Path) -> None:
    environment = _environment(short_folder / "var")

    with _running(environment, short_folder / "first.log") as first:
        wait_for(lambda: "Ctrl-C" in _output(first), "the first start", running=[first], seconds=60)
        assert re.search(r"Administrator: admin@example.com\n +Password: +\S{16} ", _output(first))

    with _running(environment, short_folder / "second.log") as second:
        wait_for(lambda: "The studio is ready" in _output(second), "the second start", running=[second])
        # Seconds of a processor, up to the page: on an idle machine the start takes no more time than that.
        assert _processor_seconds(short_folder / "var") < 5
        wait_for(lambda: "Ctrl-C" in _output(second), "the last line", running=[second])
        assert "Password" not in _output(second)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_process_within_ten_seconds(short_folder: Path, sign: signal.Signals) -> None:
    var = short_folder / "var"
    with _running(_environment(var), short_folder / "run.log") as studio:
        wait_for(lambda: "The studio is ready" in _output(studio), "the start", running=[studio], seconds=60)
        assert len(_processes_of(var)) >= 8

        begun = time.monotonic()
        studio.process.send_signal(sign)
        assert studio.process.wait(SECONDS_TO_END) == 0
        assert time.monotonic() - begun < SECONDS_TO_END
        assert _processes_of(var) == []


def test_a_signal_during_the_start_ends_everything_too(short_folder: Path) -> None:
    var = short_folder / "var"
    with _running(_environment(var), short_folder / "run.log") as studio:
        wait_for((var / "redis.sock").is_socket, "the first part", running=[studio])
        studio.process.terminate()
        studio.process.wait(SECONDS_TO_END)
        assert _processes_of(var) == []


def test_when_a_part_dies_the_others_end_and_the_status_says_so(short_folder: Path) -> None:
    var = short_folder / "var"
    with _running(_environment(var), short_folder / "run.log") as studio:
        wait_for(lambda: "The studio is ready" in _output(studio), "the start", running=[studio], seconds=60)
        os.kill(_process_of_part(var, "celery\0-A\0imagestudio\0beat"), signal.SIGKILL)

        assert studio.process.wait(SECONDS_TO_END) == 1
        assert "studio: beat ended by itself, so everything was ended" in _output(studio)
        assert _processes_of(var) == []


def test_what_a_killed_studio_left_behind_does_not_disturb_the_next(short_folder: Path) -> None:
    var = short_folder / "var"
    with _running(_environment(var), short_folder / "killed.log") as killed:
        wait_for(lambda: "The studio is ready" in _output(killed), "the start", running=[killed], seconds=60)
        os.kill(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        left_behind = _redis_servers(var)
        assert len(left_behind) == 1

        with _running(dict(killed.environment), short_folder / "next.log") as following:
            wait_for(
                lambda: "The studio is ready" in _output(following), "the next start", running=[following]
            )
            assert len(_redis_servers(var)) == 1
            assert _redis_servers(var) != left_behind


def test_a_second_studio_on_the_same_folder_is_refused_in_one_sentence(short_folder: Path) -> None:
    environment = _environment(short_folder / "var")
    with _running(environment, short_folder / "run.log") as studio:
        wait_for((short_folder / "var" / "lock").exists, "the lock", running=[studio])
        wait_for((short_folder / "var" / "redis.sock").is_socket, "the first part", running=[studio])
        assert _refusal(environment | {"PORT": str(free_port())}).startswith(
            "studio: A studio is already running on"
        )


def test_a_port_in_use_is_named_in_one_sentence(short_folder: Path) -> None:
    environment = _environment(short_folder / "var")
    with _listening(int(environment["PORT"])):
        assert _refusal(environment).startswith(f"studio: Port {environment['PORT']} cannot be used")


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(short_folder: Path) -> None:
    (short_folder / "var").write_text("a file stands where the folder should be")
    assert _refusal(_environment(short_folder / "var")).startswith(
        f"studio: The folder {short_folder / 'var'} cannot"
    )


def test_a_missing_redis_server_is_named_in_one_sentence(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import shutil, sys, sysconfig\n"
        "sysconfig.get_path = lambda name: '/nonexistent'; shutil.which = lambda name: None\n"
        "from imagestudio.embedded.__main__ import main; sys.exit(main())"
    )
    monkeypatch.setattr("tests.test_embedded.COMMAND", (sys.executable, "-c", code))
    assert _refusal(_environment(short_folder / "var")).startswith("studio: No redis-server was found")


def test_an_address_that_is_none_is_refused_before_anything_runs(short_folder: Path) -> None:
    refusal = _refusal(_environment(short_folder / "var") | {"ADMIN_EMAIL": "nobody"})
    assert "ADMIN_EMAIL must be an e-mail address, not 'nobody'" in refusal


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENDPOINT_KEY_SECRET"])
def test_a_secret_is_made_once_and_private(short_folder: Path, name: str) -> None:
    secret = kept_secret(short_folder, name)
    assert kept_secret(short_folder, name) == secret
    assert (short_folder / name).stat().st_mode & 0o777 == 0o600


def test_every_secret_is_another(short_folder: Path) -> None:
    assert kept_secret(short_folder, "SECRET_KEY") != kept_secret(short_folder, "ENDPOINT_KEY_SECRET")


def test_a_socket_moves_to_a_private_folder_when_its_path_would_be_too_long(short_folder: Path) -> None:
    with socket_folder(short_folder / ("x" * 120), "redis.sock") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(str(folder)) < 100
    assert not folder.exists()


def test_a_relative_var_is_taken_from_the_project_not_from_the_shell(short_folder: Path) -> None:
    assert read_options({"STUDIO_VAR": "elsewhere"}, root=short_folder).var == short_folder / "elsewhere"


def test_the_env_file_gives_only_what_concerns_one_machine(short_folder: Path) -> None:
    (short_folder / ".env").write_text(
        "# a comment\nIMAGES_API_KEY='k'\nPORT=9000\nDATABASE_URL=postgresql://db/x\n"
    )
    assert read_env_file(short_folder / ".env") == {"IMAGES_API_KEY": "k", "PORT": "9000"}
    assert read_options({"PORT": "9001"}, root=short_folder).port == 9001


@pytest.mark.parametrize("value", ["0", "65536", "-1", "eight", "8000.5"])
def test_a_port_that_is_none_is_refused(value: str, short_folder: Path) -> None:
    with pytest.raises(CannotStart, match="PORT must be a number from 1 to 65535"):
        read_options({"PORT": value}, root=short_folder)


def test_the_environment_of_the_parts_carries_no_password(short_folder: Path) -> None:
    var = short_folder / "var"
    with _running(
        _environment(var) | {"ADMIN_PASSWORD": "a-password-to-hide"}, short_folder / "run.log"
    ) as studio:
        wait_for(lambda: "The studio is ready" in _output(studio), "the start", running=[studio], seconds=60)
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in _processes_of(var)]
        of_parts = [environment for environment in environments if b"STUDIO_EMBEDDED=1" in environment]
        assert len(of_parts) >= 5
        assert all(b"a-password-to-hide" not in environment for environment in of_parts)
        wait_for(lambda: "Ctrl-C" in _output(studio), "the last line", running=[studio])
        assert "the one in ADMIN_PASSWORD" in _output(studio)
        logs = b"".join(file.read_bytes() for file in (var / "log").iterdir())
        assert b"a-password-to-hide" not in logs + _output(studio).encode()


def test_the_page_answers_while_the_studio_runs(short_folder: Path) -> None:
    environment = _environment(short_folder / "var")
    with _running(environment, short_folder / "run.log") as studio:
        wait_for(lambda: "The studio is ready" in _output(studio), "the start", running=[studio], seconds=60)
        with urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/account/login/") as page:
            assert page.status == 200


def _environment(var: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return kept | {"PORT": str(free_port()), "STUDIO_VAR": str(var), "HEADLESS": "1"}


@contextmanager
def _running(environment: Mapping[str, str], output: Path) -> Iterator[Running]:
    studio = start("studio", COMMAND, environment=environment, log=output)
    try:
        yield studio
    finally:
        studio.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            studio.process.wait(SECONDS_TO_END)
        for pid in _processes_of(Path(environment["STUDIO_VAR"])):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def _listening(port: int) -> Iterator[None]:
    server = subprocess.Popen(
        (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"), stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: accepts(port), "the other program")
        yield
    finally:
        server.kill()
        server.wait()


def _refusal(environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        COMMAND,
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def _output(running: Running) -> str:
    return running.log.read_text(errors="replace")


def _processes_of(var: Path) -> list[int]:
    mark = b"STUDIO_VAR=" + os.fsencode(var)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def _processor_seconds(var: Path) -> float:
    """What the supervisor, the preparation and the web server have used."""
    ticks = 0
    for pid in _processes_of(var):
        with suppress(OSError):
            if not re.search(rb"imagestudio\.embedded|gunicorn", _command(pid)):
                continue
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks / os.sysconf("SC_CLK_TCK")


def _process_of_part(var: Path, part: str) -> int:
    return next(pid for pid in _processes_of(var) if part.encode() in _command(pid))


def _redis_servers(var: Path) -> list[int]:
    return [pid for pid in _processes_of(var) if b"redis-server" in _command(pid)]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
