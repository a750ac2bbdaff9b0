"""`python -m imagestudio.embedded`, started as a person starts it: its first run, its end, its refusals."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from imagestudio.embedded.options import CannotStart, read_env_file, read_options
from imagestudio.embedded.parts import Part
from imagestudio.embedded.supervise import shell_command
from imagestudio.embedded.var_folder import hold, kept_secret, socket_folder
from tests.services.processes import ROOT, Running, accepts, free_port, start, wait_for
from tests.services.studio import migrated_file

COMMAND = (sys.executable, "-m", "imagestudio.embedded")
SECONDS_TO_END = 10


def test_any_of_the_three_signals_ends_every_process_and_the_studio_starts_again(short_folder: Path) -> None:
    environment = _environment(short_folder / "var")
    for start_number, sign in enumerate((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), start=1):
        with _running(environment, short_folder / f"{start_number}.log") as studio:
            _wait_until_it_says("Ctrl-C", studio)
            new = re.search(r"Administrator: admin@example.com\n +Password: +\S{16} ", _output(studio))
            assert bool(new) == (start_number == 1), "the password is shown once, by the first start"
            with urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/account/login/") as page:
                assert page.status == 200
            assert len(_processes_of(short_folder / "var")) >= 8

            studio.process.send_signal(sign)
            assert studio.process.wait(SECONDS_TO_END) == 0
            assert _processes_of(short_folder / "var") == []


def test_a_signal_during_the_start_ends_everything_too(short_folder: Path) -> None:
    var = short_folder / "var"
    with _running(_environment(var), short_folder / "run.log") as studio:
        wait_for((var / "redis.sock").is_socket, "the first part", running=[studio])
        studio.process.terminate()
        studio.process.wait(SECONDS_TO_END)
        assert _processes_of(var) == []


def test_what_nobody_keeps_count_of_ends_when_the_folder_is_let_go(short_folder: Path) -> None:
    var = short_folder / "var"
    marks = {"STUDIO_EMBEDDED": "1", "STUDIO_VAR": str(var)}
    with pytest.raises(SystemExit), hold(var):
        forgotten = subprocess.Popen(("sleep", "60"), env=os.environ | marks)
        raise SystemExit  # as a signal does between the start of a process and its bookkeeping
    # Asked first, and killed when a busy machine gives it no turn to obey within the patience.
    assert forgotten.wait() in (-signal.SIGTERM, -signal.SIGKILL)


def test_a_part_waits_for_what_must_be_there_first(tmp_path: Path) -> None:
    awaited, made = tmp_path / "awaited file", tmp_path / "made"
    part = Part("later", ("touch", str(made)), after=awaited)
    with subprocess.Popen(("sh", "-c", shell_command(part))) as waiting:
        subprocess.run(("sh", "-c", shell_command(Part("first", ("true",)))), check=True)
        assert not made.exists()
        awaited.touch()
        assert waiting.wait(SECONDS_TO_END) == 0
    assert made.exists()


def test_what_a_killed_studio_left_behind_does_not_disturb_the_next(short_folder: Path) -> None:
    var = _migrated(short_folder / "var")
    with _running(_environment(var), short_folder / "killed.log") as killed:
        _wait_until_it_says("The studio is ready", killed)
        os.kill(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        left_behind = _redis_servers(var)
        assert len(left_behind) == 1

        with _running(dict(killed.environment), short_folder / "next.log") as following:
            _wait_until_it_says("The studio is ready", following)
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


def test_no_part_hears_the_password_and_when_one_dies_the_others_end_and_the_status_says_so(
    short_folder: Path,
) -> None:
    var = _migrated(short_folder / "var")
    with _running(
        _environment(var) | {"ADMIN_PASSWORD": "a-password-to-hide"}, short_folder / "run.log"
    ) as studio:
        _wait_until_it_says("The studio is ready", studio)
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in _processes_of(var)]
        of_parts = [environment for environment in environments if b"STUDIO_EMBEDDED=1" in environment]
        assert len(of_parts) >= 5
        assert all(b"a-password-to-hide" not in environment for environment in of_parts)
        wait_for(lambda: "Ctrl-C" in _output(studio), "the last line", running=[studio])
        assert "the one in ADMIN_PASSWORD" in _output(studio)
        logs = b"".join(file.read_bytes() for file in (var / "log").iterdir())
        assert b"a-password-to-hide" not in logs + _output(studio).encode()

        os.kill(_process_of_part(var, "celery\0-A\0imagestudio\0beat"), signal.SIGKILL)

        assert studio.process.wait(SECONDS_TO_END) == 1
        assert "studio: beat ended by itself, so everything was ended" in _output(studio)
        assert _processes_of(var) == []


def _migrated(var: Path) -> Path:
    """The folder of a studio that has been run before."""
    var.mkdir(mode=0o700)
    shutil.copy(migrated_file(), var / "studio.sqlite3")
    return var


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


def _wait_until_it_says(words: str, studio: Running) -> None:
    wait_for(lambda: words in _output(studio), f"“{words}”", running=[studio], seconds=60)


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


def _process_of_part(var: Path, part: str) -> int:
    def found() -> list[int]:
        return [pid for pid in _processes_of(var) if part.encode() in _command(pid)]

    wait_for(lambda: bool(found()), part.replace("\0", " "))  # it may come after the last line of the studio
    return found()[0]


def _redis_servers(var: Path) -> list[int]:
    return [pid for pid in _processes_of(var) if b"redis-server" in _command(pid)]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
