"""How cases begin and end in the browser: a report, an appeal, two who delete for good, and the evidence."""

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, address, queue_of
from tests.e2e.pages import barriers
from tests.services.chromium import until_heard
from tests.services.studio import Studio

PATIENCE = 60_000  # milliseconds: a worker has to make the file, on a machine that does other things too


@pytest.fixture
def made(studio: Studio, language: str) -> dict[str, Any]:
    return queue_of(studio, language=language, number=2)


def press(page: Page, what: str) -> None:
    with page.expect_navigation():
        page.locator(what).click()


def speaks(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))


def test_a_member_reports_an_image_of_the_team_and_the_reviewer_reads_why(
    opened: Open, studio: Studio, made: dict[str, Any], language: str
) -> None:
    teammate, reviewer = opened("teammate"), opened("first")
    teammate.goto(f"{studio.url}/images/{made['image']}/")
    until_heard(teammate)
    with teammate.expect_navigation():
        teammate.locator("a[href$='/report/']").first.click()
    speaks(teammate, language)
    assert barriers(teammate) == []
    teammate.locator("[name=words]").fill("A wound, 清晰可见 <b>close</b>")
    press(teammate, "form:has([name=words]) [type=submit]")

    expect(teammate).to_have_url(re.compile(rf"/images/{made['image']}/"))
    expect(teammate.locator(".notice, [role=status]").first).to_be_visible()
    [(case,)] = studio.rows(
        "SELECT id FROM generations_case WHERE member_id = %s AND words LIKE %s", [made["member"], "A wound%"]
    )
    reviewer.goto(address(studio, made, case))
    expect(reviewer.locator("main")).to_contain_text("A wound, 清晰可见 <b>close</b>")
    expect(reviewer.locator("main")).to_contain_text(made["names"]["teammate"])


def test_an_author_appeals_once_and_reads_the_answer(
    opened: Open, studio: Studio, made: dict[str, Any], language: str
) -> None:
    author, reviewer = opened("author"), opened("first")
    page = f"{studio.url}/generations/{made['generations'][0]}/"
    author.goto(page)
    until_heard(author)
    with author.expect_navigation():
        author.locator("a[href*='/appeal/']").first.click()
    speaks(author, language)
    assert barriers(author) == []
    asked_at = author.url
    author.locator("[name=words]").fill("It is a famous painting. 这是名画。")
    press(author, "form:has([name=words]) [type=submit]")
    expect(author).to_have_url(page)
    author.goto(asked_at)
    expect(author.locator("[name=words]")).to_have_count(0)

    [(case,)] = studio.rows(
        "SELECT id FROM generations_case WHERE kind = 'appeal' AND member_id = %s", [made["member"]]
    )
    reviewer.goto(address(studio, made, case))
    expect(reviewer.locator("main")).to_contain_text("It is a famous painting. 这是名画。")
    until_heard(reviewer)
    with reviewer.expect_navigation():
        reviewer.keyboard.press("f")

    author.goto(page)
    answers = {
        "en": "A reviewer says: nothing was wrong with this.",
        "zh-hans": "审核员的答复：您的请求没有问题。",
    }
    expect(author.locator("main")).to_contain_text(answers[language])


def test_of_what_is_severe_one_administrator_proposes_the_deletion_and_another_one_agrees(
    opened: Open, studio: Studio, made: dict[str, Any], language: str
) -> None:
    one, other, author = opened("administrator"), opened("other_administrator"), opened("author")
    picture = f"{studio.url}/media/{made['severe_image']}/320/"
    assert author.request.get(picture).status == 200
    where = address(studio, made, made["severe"])
    one.goto(where)
    until_heard(one)
    with one.expect_navigation():
        one.keyboard.press("d")
    speaks(one, language)
    assert barriers(one) == []
    question = one.url
    one.locator("[name=reason]").select_option("1")
    press(one, "[value=ask_to_delete]")
    assert author.request.get(picture).status == 404
    assert other.request.get(picture).status == 200, "it is only proposed"
    one.goto(question)
    expect(one.locator("form [value=delete]")).to_have_count(0)

    other.goto(where)
    expect(other.locator("main")).to_contain_text(made["names"]["administrator"])
    until_heard(other)
    with other.expect_navigation():
        other.keyboard.press("d")
    assert barriers(other) == []
    other.locator("[name=reason]").select_option("1")
    other.locator("[name=note]").fill("Nothing of this may stay.")
    press(other, "[value=delete]")

    assert {page.request.get(picture).status for page in (one, other, author)} == {404}
    other.goto(where)
    expect(other.locator("#gone-title")).to_be_visible()
    expect(other.locator(".log")).to_contain_text("Nothing of this may stay.")
    decided = studio.rows(
        "SELECT v.decision, u.name FROM generations_verdict v JOIN team_user u ON u.id = v.reviewer_id"
        " WHERE v.case_id = %s ORDER BY v.id",
        [made["severe"]],
    )
    assert decided == [
        ("ask_to_delete", made["names"]["administrator"]),
        ("delete", made["names"]["other_administrator"]),
    ]


def test_evidence_arrives_as_a_zip_that_says_what_is_in_it(
    opened: Open, studio: Studio, made: dict[str, Any], language: str, tmp_path: Path
) -> None:
    page = opened("first")
    page.goto(address(studio, made, made["report"]))
    press(page, "form[action*='/review/evidence/'] [type=submit]")
    speaks(page, language)
    press(page, "[name=sure]")
    link = page.locator("#job a[href$='/file/']")
    expect(link).to_be_visible(timeout=PATIENCE)
    assert barriers(page) == []
    with page.expect_download() as caught:
        link.click()
    arrived = tmp_path / "evidence.zip"
    caught.value.save_as(arrived)

    with zipfile.ZipFile(arrived) as opened_file:
        assert opened_file.testzip() is None
        files = {name: opened_file.read(name) for name in opened_file.namelist()}
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.loads(files["manifest.json"])
    [case] = manifest["cases"]
    assert (manifest["format"], case["case"], case["kind"]) == (
        "imagestudio-evidence",
        made["report"],
        "report",
    )
    assert (case["words"], case["verdicts"]) == ("There is blood in it.", [])
    [image] = case["images"]
    assert image["id"] == made["image"]
    assert image["sha256"] == hashlib.sha256(files[image["file"]]).hexdigest()
    [row] = csv.DictReader(io.StringIO(files["cases.csv"].decode("utf-8-sig")))
    assert (row["case"], row["words"]) == (str(made["report"]), "There is blood in it.")
    seen = (
        "SELECT count(*) FROM generations_look l JOIN generations_case c ON c.generation_id = l.generation_id"
        " WHERE c.id = %s AND l.saw_images"
    )
    assert studio.rows(seen, [made["report"]]) != [(0,)], "whoever takes it along has looked at it"
