"""What members ask of reviewers: reports, appeals, and the one more run that follows from them."""

import pytest
from django.test import Client

from generations import cases, released
from generations.models import Case, CaseKind, Decision, EndpointModel, Generation, Image, Source
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db


def test_a_member_reports_what_they_see_and_a_reviewer_finds_it(
    make: Making, reviewer: Client, bo: User
) -> None:
    image = make.shared()

    answer = signed_in(bo).post(f"/images/{image.pk}/report/", {"words": "Too much blood."})

    case = Case.objects.get()
    assert answer["Location"] == f"/images/{image.pk}/"
    assert (case.kind, case.image, case.opened_by) == (CaseKind.REPORT, image, bo)
    item = reviewer.get(f"/review/{case.pk}/").content.decode()
    assert "Too much blood." in item
    assert "/media/" not in item


def test_nobody_reports_their_own_nor_what_they_do_not_see(make: Making, mei: User, bo: User) -> None:
    make.refused(images=1)
    unseen, shared = Image.objects.get(), make.shared()

    assert signed_in(mei).post(f"/images/{shared.pk}/report/", {"words": "x"}).status_code == 404
    assert signed_in(bo).post(f"/images/{unseen.pk}/report/", {"words": "x"}).status_code == 404
    assert not Case.objects.filter(kind=CaseKind.REPORT).exists()


def test_a_report_is_made_once_while_it_waits(make: Making, bo: User, rui: User) -> None:
    image, client = make.shared(), signed_in(bo)
    address = f"/images/{image.pk}/report/"

    for _ in range(2):
        client.post(address, {"words": "No."})
    assert Case.objects.count() == 1
    say(Case.objects.get(), rui, Decision.APPROVE)
    client.post(address, {"words": "Still no."})
    assert Case.objects.count() == 2


def test_a_report_needs_a_sentence(make: Making, bo: User) -> None:
    image = make.shared()

    assert signed_in(bo).post(f"/images/{image.pk}/report/", {"words": "  "}).status_code == 422
    assert signed_in(bo).post(f"/images/{image.pk}/report/", {"words": "x" * 2001}).status_code == 422
    assert not Case.objects.exists()


def test_an_author_appeals_once(make: Making, mei: User, bo: User) -> None:
    refusal = make.refused().refusal
    assert refusal is not None
    author = signed_in(mei)

    assert signed_in(bo).post(f"/refusals/{refusal.pk}/appeal/", {"words": "Mine!"}).status_code == 404
    for words in ("It is a painting.", "Again."):
        author.post(f"/refusals/{refusal.pk}/appeal/", {"words": words})

    appeal = Case.objects.get(kind=CaseKind.APPEAL)
    assert (appeal.words, appeal.opened_by, appeal.refusal) == ("It is a painting.", mei, refusal)


def test_a_released_run_is_run_once_with_less_moderation(
    make: Making, reviewer: Client, mei: User, bo: User
) -> None:
    case = make.refused()
    reviewer.post(f"/review/{case.pk}/", {"decision": "release", "release": "moderation=low", "version": "0"})
    address = f"/generations/{case.generation_id}/released/"
    assert signed_in(bo).post(address).status_code == 404

    for _ in range(2):
        signed_in(mei).post(address)

    run = Generation.objects.get(retry_of=case.generation)
    assert (run.moderation, run.prompt, run.source) == ("low", case.generation.prompt, Source.RETRY)
    assert Case.objects.get().decided_at is not None


def test_the_choice_of_a_run_counts_only_where_one_is_released(make: Making, reviewer: Client) -> None:
    case = make.refused()

    reviewer.post(f"/review/{case.pk}/", {"decision": "right", "release": "moderation=low", "version": "0"})

    assert released.release_of(case.generation) is None
    assert case.verdicts.get().after == {"decision": "right"}


def test_a_released_run_by_another_model_leaves_out_what_that_does_not_know(
    make: Making, reviewer: Client, mei: User
) -> None:
    case = make.refused()
    Generation.objects.update(quality="medium", background="transparent", size="1024x1024")
    reviewer.post(f"/review/{case.pk}/", {"decision": "release", "release": "model=dall-e-3", "version": "0"})

    signed_in(mei).post(f"/generations/{case.generation_id}/released/")

    run = Generation.objects.get(retry_of=case.generation)
    assert (run.model, run.size, run.quality, run.background) == ("dall-e-3", "1024x1024", "", "")


def test_a_release_that_was_undone_or_whose_model_is_gone_runs_nothing(
    make: Making, reviewer: Client, rui: User, mei: User
) -> None:
    case = make.refused()
    reviewer.post(f"/review/{case.pk}/", {"decision": "release", "release": "model=dall-e-3", "version": "0"})
    EndpointModel.objects.filter(name="dall-e-3").update(is_active=False)

    signed_in(mei).post(f"/generations/{case.generation_id}/released/")
    assert Generation.objects.count() == 1
    verdict = released.release_of(case.generation)
    assert verdict is not None
    reviewer.post("/review/undo/", {"verdict": str(verdict.pk)})

    assert released.release_of(case.generation) is None


def test_the_author_reads_what_became_of_the_appeal(
    make: Making, reviewer: Client, rui: User, mei: User
) -> None:
    case = make.refused()
    author, address = signed_in(mei), f"/generations/{case.generation_id}/"
    assert f"/refusals/{case.refusal_id}/appeal/" in author.get(address).content.decode()

    author.post(f"/refusals/{case.refusal_id}/appeal/", {"words": "It is a painting."})
    asked = author.get(address).content.decode()
    assert "Nobody has answered yet." in asked
    assert "/appeal/" not in asked
    say(Case.objects.get(kind=CaseKind.APPEAL), rui, Decision.RELEASE, release={"moderation": "low"})

    answered = author.get(address).content.decode()
    assert "nothing was wrong with this" in answered
    assert "A reviewer has released one more run: with low moderation." in answered
    assert f"/generations/{case.generation_id}/released/" in answered


def test_the_author_reads_why_an_image_is_hidden(make: Making, mei: User, bo: User, rui: User) -> None:
    image = make.shared()
    say(cases.report(image, by=bo, words="Blood."), rui, Decision.HIDE, reason=2)
    author = signed_in(mei)

    for address in ("/", "/history/", f"/generations/{image.generation_id}/"):
        page = author.get(address).content.decode()
        assert "Hidden by a reviewer: Violence or injury" in page, address
        assert f"/media/{image.pk}" not in page, address


def test_whoever_sees_an_image_of_others_finds_the_way_to_report_it(
    make: Making, mei: User, bo: User
) -> None:
    image = make.shared()

    assert f"/images/{image.pk}/report/" in signed_in(bo).get(f"/images/{image.pk}/").content.decode()
    assert "/report/" not in signed_in(mei).get(f"/images/{image.pk}/").content.decode()


def test_the_number_beside_review_is_of_what_one_may_look_at(
    make: Making, reviewer: Client, ada: User
) -> None:
    make.refused(categories=("csam",))

    assert 'class="count">1<' not in reviewer.get("/settings/").content.decode()
    assert 'class="count">1<' in signed_in(ada).get("/settings/").content.decode()
