"""Names that every system takes, and tables in which nothing is computed."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.jobs.archive import Archive
from generations.jobs.names import folded, is_pattern, name_of, safe
from generations.jobs.table import harmless, table
from generations.models import Generation, Image


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("一只白猫，坐着", "一只白猫，坐着"),
        ('a<b>:"c"/d\\e|f?g*', "a-b-c-d-e-f-g"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "_CON"),
        ("nul.tar", "_nul.tar"),
        ("ends. ", "ends"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\0\n\t", ""),
    ],
)
def test_a_name_is_safe_and_keeps_its_words(text: str, name: str) -> None:
    assert safe(text) == name


@given(st.text(max_size=400))
def test_whatever_is_written_becomes_a_name_of_one_file(text: str) -> None:
    name = safe(text)

    assert len(name.encode()) <= 151
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name == name.strip(" .")
    assert name.isprintable()


def test_names_differ_for_systems_without_case() -> None:
    generation = Generation(prompt="A Cat", model="m", n=1)
    first = Image(generation=generation, original="x/1.png", created_at=datetime(2026, 11, 22, tzinfo=UTC))

    taken = {folded(name_of(first, "{words}", number=1, taken=set()))}
    generation.prompt = "a cat"

    assert name_of(first, "{words}", number=2, taken=taken) == "a cat-2.png"
    assert name_of(first, "{date} {number}", number=7, taken=taken) == "2026-11-22 0007.png"


def test_a_pattern_names_only_what_there_is() -> None:
    assert is_pattern("{date}-{words}-{id}")
    assert is_pattern("holiday")
    for wrong in ("{secret}", "{date", "}", "", "{{date}}", "x" * 200):
        assert not is_pattern(wrong)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_a_table_reads_back_as_it_was() -> None:
    rows = [{"prompt": '猫, "quoted"\nline', "rating": 3, "tags": ["a", "b"], "favourite": True}, {}]

    made = "".join(table(("prompt", "rating", "tags", "favourite"), map(json.dumps, rows)))

    assert made.startswith("\ufeffprompt,")
    read = list(csv.reader(io.StringIO(made.removeprefix("\ufeff"))))
    assert read[1] == ['猫, "quoted"\nline', "3", "a, b", "yes"]
    assert read[2] == ["", "", "", ""]


def test_an_archive_goes_on_only_where_it_stood(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"picture")
    folder = tmp_path / "job"
    folder.mkdir()

    def turn(place: str, name: str) -> str:
        with Archive(folder, place) as archive:
            archive.add_file(source, name, made_at=datetime(2026, 1, 1, tzinfo=UTC))
            archive.cursor = name
            return archive.place

    after_two = turn(turn("", "1.png"), "2.png")
    with Archive(folder, after_two) as archive:
        assert (archive.cursor, len(archive.names)) == ("2.png", 2)
        archive.add_file(source, "3.png", made_at=datetime(2026, 1, 1, tzinfo=UTC))  # never committed

    with Archive(folder, after_two) as archive:
        assert (archive.cursor, archive.names) == ("", set())
