"""One case: what a reviewer sees and what not before they ask; stale forms; hidden images at every door."""

import csv
import io

import pytest
from django.test import Client

from generations import cases
from generations.models import Case, Decision, Image, Reference, ReferenceUse, Verdict
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'{{ 7|add:7 }}"


def test_a_reviewer_reads_what_was_refused_and_in_whose_words(make: Making, reviewer: Client) -> None:
    case = make.refused()

    item = reviewer.get(f"/review/{case.pk}/").content.decode()

    for words in ("Venus of Urbino", "Your request was rejected", "req_1", "400", "sexual", "Mei"):
        assert words in item, words


def test_no_address_of_an_image_stands_in_the_page_before_show(make: Making, reviewer: Client) -> None:
    case = make.refused(images=2)
    image = Image.objects.first()
    assert image is not None
    reference = Reference.objects.create(
        member=case.member,
        media_type="image/png",
        width=1,
        height=1,
        bytes=1,
        sha256="1" * 64,
        original=image.original,
        thumb_320=image.original,
    )
    ReferenceUse.objects.create(generation=case.generation, reference=reference)

    covered = reviewer.get(f"/review/{case.pk}/").content.decode()
    shown = reviewer.get(f"/review/{case.pk}/?show=1").content.decode()

    assert "/media/" not in covered
    assert "/references/" not in covered
    assert "/media/" not in reviewer.get("/review/").content.decode()
    assert shown.count(f"/media/{image.pk}/") == 1
    assert f"/references/{reference.pk}/" in shown


def test_after_a_decision_the_next_case_opens_with_a_way_back(
    make: Making, reviewer: Client, rui: User
) -> None:
    case, following = make.refused(), make.refused("another")

    answer = reviewer.post(
        f"/review/{case.pk}/?kind=refusal", {"decision": "right", "version": "0", "note": "It was."}
    )

    verdict = Verdict.objects.get()
    assert answer["Location"] == f"/review/{following.pk}/?kind=refusal&decided={verdict.pk}"
    shown = reviewer.get(answer["Location"]).content.decode()
    assert "Recorded: Rightly refused." in shown
    back = reviewer.post("/review/undo/", {"verdict": str(verdict.pk)})
    assert back["Location"] == f"/review/{case.pk}/"
    assert Case.objects.waiting().count() == 2


def test_a_stale_form_is_told_who_was_first_and_keeps_its_note(
    make: Making, reviewer: Client, ada: User
) -> None:
    case = make.refused()
    say(case, ada, Decision.UNCLEAR)

    answer = reviewer.post(
        f"/review/{case.pk}/", {"decision": "right", "version": "0", "note": "My long thought."}
    )

    assert answer.status_code == 409
    assert "Already decided by Ada: Unclear." in answer.content.decode()
    assert "My long thought." in answer.content.decode()
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "", "version": "0"},
        {"decision": "right"},
        {"decision": "approve", "version": "0"},
        {"decision": "hide", "version": "0"},
        {"decision": "hide-7", "version": "0"},
        {"decision": "hide-1", "version": "0"},
        {"decision": "undo", "version": "0"},
        {"decision": "release", "version": "0", "release": "model=nobody"},
        {"decision": "right", "version": "-1"},
        {"decision": "right", "version": "0", "note": "x" * 2001},
        {"decision": "right", "version": "0", "image": "no id"},
    ],
    ids=str,
)
def test_a_form_that_makes_no_sense_records_nothing(
    make: Making, reviewer: Client, form: dict[str, str]
) -> None:
    case = make.refused()

    answer = reviewer.post(f"/review/{case.pk}/", form)

    assert answer.status_code == 422
    assert not Verdict.objects.exists()


def test_a_reviewer_who_is_none_any_more_finds_nothing_and_records_nothing(
    make: Making, reviewer: Client, rui: User
) -> None:
    case = make.refused()
    reviewer.get(f"/review/{case.pk}/")
    User.objects.filter(pk=rui.pk).update(role="member")

    answer = reviewer.post(f"/review/{case.pk}/", {"decision": "right", "version": "0"})

    assert answer.status_code == 404
    assert not Verdict.objects.exists()


def test_reviewers_do_not_find_severe_cases_by_their_number(make: Making, reviewer: Client) -> None:
    case = make.refused(categories=("sexual/minors",), images=1)
    image = Image.objects.get()

    assert reviewer.get(f"/review/{case.pk}/").status_code == 404
    assert reviewer.get(f"/media/{image.pk}/640/").status_code == 404


def test_a_hidden_image_is_let_out_at_no_door_but_to_reviewers(
    make: Making, reviewer: Client, rui: User, mei: User, bo: User
) -> None:
    image = make.shared(images=2)
    say(cases.report(image, by=bo, words="Blood."), rui, Decision.HIDE, reason=2)

    for member in (mei, bo):
        client = signed_in(member)
        for address in (
            f"/images/{image.pk}/",
            f"/media/{image.pk}/320/",
            f"/media/{image.pk}/original/?download=1",
            f"/images/{image.pk}/download/",
            f"/images/{image.pk}/download/?format=webp",
            f"/images/{image.pk}/order/",
            f"/images/{image.pk}/similar/",
        ):
            assert client.get(address).status_code == 404, address
        collection = image.collection_items.get().collection_id
        assert f"/media/{image.pk}" not in client.get(f"/collections/{collection}/").content.decode()
        assert f"/media/{image.pk}" not in client.get("/collections/").content.decode()
    author = signed_in(mei)
    for address in ("/history/", "/history/?rating=0", "/"):
        assert f"/media/{image.pk}" not in author.get(address).content.decode(), address
    shown = reviewer.get(f"/media/{image.pk}/640/")
    assert shown.status_code == 200
    shown.close()


def test_words_from_outside_are_never_markup(make: Making, reviewer: Client, rui: User, bo: User) -> None:
    case = make.refused(HOSTILE, categories=(HOSTILE,))
    say(case, rui, Decision.RIGHT, note=HOSTILE)
    report = cases.report(make.shared(HOSTILE), by=bo, words=HOSTILE)

    for address in (
        "/review/",
        "/review/?state=all",
        f"/review/{case.pk}/",
        f"/review/{report.pk}/",
        "/review/log/",
    ):
        page = reviewer.get(address).content.decode()
        assert "<script>alert" not in page, address
        assert "14" not in page[page.find("alert(1)") : page.find("alert(1)") + 60], address


def test_the_log_says_who_what_when_why_and_what_it_changed(
    make: Making, reviewer: Client, rui: User
) -> None:
    verdict = say(make.refused(), rui, Decision.FALSE_POSITIVE, note="A painting.")
    reviewer.post("/review/undo/", {"verdict": str(verdict), "next": "/review/log/"})

    page = reviewer.get("/review/log/").content.decode()

    for words in ("Rui", "Wrongly refused", "A painting.", "To review", "Undone", "undone by Rui"):
        assert words in page, words
    assert "A painting." not in reviewer.get("/review/log/?decision=right").content.decode()
    assert "A painting." not in reviewer.get("/review/log/?until=2020-01-01").content.decode()


def test_the_table_of_the_log_runs_nothing_and_holds_no_prompt(
    make: Making, reviewer: Client, rui: User
) -> None:
    say(make.refused("a secret wish"), rui, Decision.RIGHT, note="=HYPERLINK(1)")

    text = b"".join(reviewer.get("/review/log/download/")).decode("utf-8-sig")

    [row] = csv.DictReader(io.StringIO(text))
    assert row["note"] == "'=HYPERLINK(1)"
    assert (row["reviewer"], row["decision"], row["after"]) == (rui.email, "right", "decision=right")
    assert "secret" not in text


def test_the_log_of_severe_cases_is_for_administrators(make: Making, reviewer: Client, ada: User) -> None:
    say(make.refused(categories=("csam",)), ada, Decision.RIGHT, note="Reported to the police.")

    assert "police" not in reviewer.get("/review/log/").content.decode()
    assert "police" in signed_in(ada).get("/review/log/").content.decode()
