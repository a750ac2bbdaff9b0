"""Deleting for good: one reviewer, or two administrators of what is severe; nothing comes back."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generations import cases, trash
from generations.jobs import asking
from generations.models import Case, CaseKind, Collection, Decision, Image, Job, JobStatus, Reference, Verdict
from generations.review import NotAReviewer, Undecided, undo
from generations.review.log import in_words, row_of
from generations.storage import StorageUnavailable
from team.models import Role, User
from tests.fake_endpoint import picture
from tests.generations.jobs.conftest import run_jobs
from tests.generations.review.conftest import Making, say, signed_in
from tests.people import make_member

pytestmark = pytest.mark.django_db
MINORS = ("sexual/minors",)


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """A turn is over before the lease needs a sign of life, which comes over another connection."""
    settings.CALL_LEASE_SECONDS = 60


@pytest.fixture
def eve(db: None) -> User:
    """Eve is another administrator."""
    return make_member(email="eve@studio.example", name="Eve", role=Role.ADMINISTRATOR)


def of(case: Case) -> Image:
    return case.generation.images.order_by("pk")[0]


def address(case: Case, image: Image) -> str:
    return f"/review/{case.pk}/delete/?image={image.pk}"


def delete(case: Case, by: User, decision: str = Decision.DELETE) -> int:
    return say(case, by, decision, reason=1, image=of(case).pk)


def has_files(image: Image) -> bool:
    return any(default_storage.exists(key) for key in {image.original, image.thumb_320, image.thumb_640})


def test_one_reviewer_deletes_what_is_not_severe(make: Making, reviewer: Client, rui: User) -> None:
    case = make.refused(images=2)
    image = of(case)

    question = reviewer.get(address(case, image)).content.decode()
    assert "This cannot be undone." in question
    assert image.sha256 in question
    assert "/media/" not in question
    answer = reviewer.post(
        address(case, image), {"decision": "delete", "version": "0", "reason": "4", "note": "Her face."}
    )
    run_jobs()

    verdict = Verdict.objects.get()
    image.refresh_from_db()
    assert answer["Location"] == f"/review/{case.pk}/?decided={verdict.pk}"
    assert (verdict.decision, verdict.reason, verdict.note) == (Decision.DELETE, 4, "Her face.")
    assert image.removed_at is not None
    assert len(image.sha256) == 64
    assert not has_files(image)
    assert has_files(Image.objects.exclude(pk=image.pk).get())
    assert Case.objects.get().decided_at is None  # whether the refusal was right is another question


def test_the_page_tells_what_went_and_offers_no_way_back(make: Making, reviewer: Client, rui: User) -> None:
    case = make.refused(images=1)
    image, verdict = of(case), delete(case, rui)

    page = reviewer.get(f"/review/{case.pk}/?decided={verdict}").content.decode()

    assert "Recorded: Deleted for good." in page
    assert image.sha256 in page
    assert "By Rui on" in page
    assert 'data-key="u"' not in page
    assert "/review/undo/" not in reviewer.get("/review/log/").content.decode()
    assert reviewer.get(address(case, image)).status_code == 404


def test_a_deleted_image_is_let_out_at_no_door_to_anybody(
    make: Making, reviewer: Client, rui: User, mei: User, ada: User
) -> None:
    image = make.shared(images=2)
    report = cases.report(image, by=rui, words="Blood.")
    say(report, rui, Decision.DELETE, reason=2)

    for client in (reviewer, signed_in(mei), signed_in(ada)):
        for path in ("", "download/", "order/", "similar/"):
            assert client.get(f"/images/{image.pk}/{path}").status_code == 404
        for variant in ("original", "320", "640"):
            assert client.get(f"/media/{image.pk}/{variant}/").status_code == 404
    collection = Collection.objects.get()
    assert f"/media/{image.pk}" not in signed_in(mei).get(f"/collections/{collection.pk}/").content.decode()
    assert f"/media/{image.pk}" not in signed_in(mei).get("/history/").content.decode()
    assert Case.objects.get().decided_at is not None


def test_a_report_that_hid_an_image_may_end_in_its_deletion(make: Making, rui: User, bo: User) -> None:
    report = cases.report(make.shared(), by=bo, words="Blood.")
    hiding = say(report, rui, Decision.HIDE, reason=2)
    say(report, rui, Decision.DELETE, reason=2)

    undo(hiding, reviewer=rui)

    image, case = Image.objects.get(), Case.objects.get()
    assert (image.hidden_because, case.latest_verdict.decision) == (2, Decision.DELETE)  # type: ignore[union-attr]
    assert case.decided_at is not None


def test_two_administrators_delete_what_is_severe(make: Making, ada: User, eve: User) -> None:
    case = make.refused(categories=MINORS, images=1)
    image, first, second = of(case), signed_in(ada), signed_in(eve)

    assert "Propose the deletion" in first.get(address(case, image)).content.decode()
    first.post(address(case, image), {"decision": "ask_to_delete", "version": "0", "reason": "1"})

    image.refresh_from_db()
    assert (image.removed_at, image.hidden_because) == (None, 1)
    shown = second.get(f"/review/{case.pk}/").content.decode()
    assert "Ada has proposed to delete this; a second administrator must agree." in shown
    assert "Agree, and delete for good" in second.get(address(case, image)).content.decode()
    assert "Agree, and delete" not in first.get(address(case, image)).content.decode()
    second.post(address(case, image), {"decision": "delete", "version": "1", "reason": "1"})
    run_jobs()

    image.refresh_from_db()
    assert image.removed_at is not None
    assert not has_files(image)
    log = first.get("/review/log/").content.decode()
    assert "Deletion proposed" in log
    assert "Deleted for good" in log


def test_the_same_person_is_not_two(make: Making, ada: User) -> None:
    case = make.refused(categories=MINORS, images=1)

    with pytest.raises(Undecided, match="Two administrators delete this"):
        delete(case, ada)
    delete(case, ada, Decision.ASK_TO_DELETE)
    for decision in (Decision.DELETE, Decision.ASK_TO_DELETE):
        with pytest.raises(Undecided, match="proposed this yourself"):
            delete(case, ada, decision)

    assert Verdict.objects.count() == 1
    assert Image.objects.get().removed_at is None


def test_another_case_of_the_same_job_is_no_way_round(make: Making, rui: User, ada: User) -> None:
    severe = make.refused(categories=MINORS, images=1)
    image = of(severe)
    ordinary = Case.objects.create(
        kind=CaseKind.REPORT, generation=severe.generation, member=severe.member, model="x", image=image
    )

    with pytest.raises(Undecided, match="Administrators alone"):
        delete(ordinary, rui)
    delete(severe, ada, Decision.ASK_TO_DELETE)
    with pytest.raises(Undecided, match="proposed this yourself"):
        delete(ordinary, ada)

    assert signed_in(rui).get(address(ordinary, image)).status_code == 404
    assert Image.objects.get().removed_at is None


def test_a_flagged_case_is_answered_by_deleting_what_came_of_it(make: Making, rui: User) -> None:
    image = make.shared(images=2)
    case = Case.objects.create(
        kind=CaseKind.FLAGGED, generation=image.generation, member=image.generation.member, model="x"
    )

    for one in case.generation.images.all():
        say(case, rui, Decision.DELETE, reason=1, image=one.pk)

    case.refresh_from_db()
    assert case.decided_at is not None
    assert not Image.objects.filter(removed_at__isnull=True).exists()


def test_what_is_not_severe_needs_no_proposal(make: Making, rui: User) -> None:
    case = make.refused(images=1)

    with pytest.raises(Undecided, match="deleted without a proposal"):
        delete(case, rui, Decision.ASK_TO_DELETE)

    assert Image.objects.get().hidden_at is None


def test_a_proposal_is_undone_and_a_deletion_is_not(make: Making, ada: User, eve: User) -> None:
    case = make.refused(categories=MINORS, images=1)
    undo(delete(case, ada, Decision.ASK_TO_DELETE), reviewer=eve)
    assert Image.objects.get().hidden_at is None

    proposal = delete(case, ada, Decision.ASK_TO_DELETE)
    deletion = delete(case, eve)

    with pytest.raises(Undecided, match="cannot be brought back"):
        undo(deletion, reviewer=ada)
    with pytest.raises(Undecided, match="Eve has deleted this image for good already"):
        undo(proposal, reviewer=ada)
    image = Image.objects.get()
    assert image.removed_at is not None
    assert image.hidden_at is not None


def test_what_is_proposed_is_neither_shown_again_nor_approved(
    make: Making, ada: User, eve: User, bo: User
) -> None:
    image = make.shared()
    report = cases.report(image, by=bo, words="Children.")
    say(report, ada, Decision.ESCALATE)
    say(report, ada, Decision.ASK_TO_DELETE, reason=1)

    for decision in (Decision.SHOW, Decision.APPROVE):
        with pytest.raises(Undecided, match="Undo the proposal first"):
            say(report, eve, decision)

    assert signed_in(bo).get(f"/images/{image.pk}/").status_code == 404


def test_a_deletion_is_nobodys_who_lost_the_role(make: Making, reviewer: Client, rui: User) -> None:
    case = make.refused(images=1)
    reviewer.get(address(case, of(case)))
    User.objects.filter(pk=rui.pk).update(role="member")

    answer = reviewer.post(address(case, of(case)), {"decision": "delete", "version": "0", "reason": "1"})

    assert answer.status_code == 404
    with pytest.raises(NotAReviewer):
        delete(case, rui)
    assert Image.objects.get().removed_at is None


def test_an_administrator_who_is_only_a_reviewer_now_does_not_agree(
    make: Making, ada: User, eve: User
) -> None:
    case = make.refused(categories=MINORS, images=1)
    delete(case, ada, Decision.ASK_TO_DELETE)
    User.objects.filter(pk=eve.pk).update(role=Role.REVIEWER)

    with pytest.raises(NotAReviewer):
        delete(case, eve)

    assert Image.objects.get().removed_at is None


def test_a_stale_form_deletes_nothing_and_keeps_its_note(make: Making, reviewer: Client, ada: User) -> None:
    case = make.refused(images=1)
    image = of(case)
    say(case, ada, Decision.HIDE, reason=2, image=image.pk)

    answer = reviewer.post(
        address(case, image), {"decision": "delete", "version": "0", "reason": "1", "note": "My thought."}
    )

    assert answer.status_code == 409
    assert "Ada has changed this meanwhile: Hidden." in answer.content.decode()
    assert "My thought." in answer.content.decode()
    assert Image.objects.get().removed_at is None


def test_whoever_deletes_second_hears_who_was_first(make: Making, reviewer: Client, ada: User) -> None:
    case = make.refused(images=1)
    image = of(case)
    delete(case, ada)

    answer = reviewer.post(address(case, image), {"decision": "delete", "version": "1", "reason": "1"})

    assert answer.status_code == 409
    assert "Ada has deleted this image for good already." in answer.content.decode()
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        {"version": "0", "reason": "1"},
        {"decision": "right", "version": "0", "reason": "1"},
        {"decision": "delete", "reason": "1"},
        {"decision": "delete", "version": "0"},
        {"decision": "delete", "version": "0", "reason": "7"},
        {"decision": "delete", "version": "0", "reason": "1", "note": "x" * 2001},
    ],
    ids=str,
)
def test_a_form_that_makes_no_sense_deletes_nothing(
    make: Making, reviewer: Client, form: dict[str, str]
) -> None:
    case = make.refused(images=1)

    assert reviewer.post(address(case, of(case)), form).status_code == 422
    assert not Verdict.objects.exists()


def test_nobody_deletes_by_the_form_of_the_other_decisions(make: Making, reviewer: Client) -> None:
    case = make.refused(images=1)

    for decision in ("delete", "ask_to_delete"):
        form = {"decision": decision, "version": "0", "image": str(of(case).pk), "reason": "1"}
        assert reviewer.post(f"/review/{case.pk}/", form).status_code == 422

    assert not Verdict.objects.exists()


def test_an_image_of_another_job_is_not_deleted_by_this_case(make: Making, reviewer: Client) -> None:
    case, other = make.refused(images=1), make.refused("another", images=1)

    form = {"decision": "delete", "version": "0", "reason": "1"}
    for image in (str(of(other).pk), "", "no id"):
        assert reviewer.post(f"/review/{case.pk}/delete/?image={image}", form).status_code == 404

    assert not Verdict.objects.exists()


def test_the_same_bytes_elsewhere_are_told_and_left(make: Making, reviewer: Client, rui: User) -> None:
    case, other = make.refused(images=1), make.refused("another", images=1)
    content = picture()
    Image.objects.update(sha256=hashlib.sha256(content).hexdigest())
    # An import may lie in the same file.
    shared = default_storage.save("tests/shared.png", ContentFile(content))
    Image.objects.update(original=shared)

    question = reviewer.get(address(case, of(case))).content.decode()
    assert "One other image has the same content. It is not touched." in question
    delete(case, rui)
    run_jobs()

    assert default_storage.exists(shared)
    assert not default_storage.exists(of(case).thumb_320)
    assert default_storage.exists(of(other).thumb_320)


def test_a_storage_that_is_away_holds_up_the_files_but_not_the_decision(
    make: Making, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make.refused(images=1)
    image = of(case)

    def away(key: str) -> None:
        raise StorageUnavailable("The storage does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(trash, "remove", away)
        delete(case, rui)
        run_jobs()
        assert has_files(image)
        assert signed_in(rui).get(f"/media/{image.pk}/320/").status_code == 404
    Job.objects.update(lease_until=None)
    run_jobs()

    assert not has_files(image)
    assert Job.objects.get().status == JobStatus.DONE


def test_what_the_studio_still_has_to_delete_keeps_its_author_from_nothing(mei: User) -> None:
    Job.objects.bulk_create(Job(member=mei, kind=trash.PURGE, images=["x"]) for _ in range(asking.MOST_OPEN))

    assert asking.start("export", member=mei, arguments={}).status == JobStatus.WAITING


def test_what_lay_in_the_trash_is_deleted_and_cannot_be_restored(make: Making, rui: User, mei: User) -> None:
    case = make.refused(images=1)
    image = of(case)
    trash.put([image], by=mei, at=timezone.now())
    delete(case, rui)

    assert trash.restore([image], by=mei) == 0
    run_jobs()
    assert not has_files(image)


def test_zip_files_that_hold_it_are_taken_back(make: Making, rui: User, mei: User, bo: User) -> None:
    case, other = make.refused(images=1), make.refused("another", images=1)
    kept = {"status": "done", "file": "jobs/x.zip", "expires_at": timezone.now() + timedelta(days=3)}

    def made(member: User, kind: str, **fields: object) -> Job:
        return Job.objects.create(member=member, kind=kind, **kept, **fields)

    stale = [
        made(mei, "zip", images=[str(of(case).pk)]),
        made(mei, "zip", query="q=cat", arguments={"all": True}),
        made(mei, "export"),
        made(rui, "evidence", arguments={"cases": [case.pk], "images": True}),
    ]
    good = [
        made(mei, "zip", images=[str(of(other).pk)]),
        made(bo, "zip", query="q=cat", arguments={"all": True}),
        made(bo, "export"),
        made(rui, "evidence", arguments={"cases": [case.pk], "images": False}),
        made(rui, "evidence", arguments={"cases": [other.pk], "images": True}),
    ]
    delete(case, rui)
    run_jobs()

    usable = set(Job.objects.filter(expires_at__gt=timezone.now()).values_list("pk", flat=True))
    assert usable == {job.pk for job in good}
    assert all(signed_in(job.member).get(f"/jobs/{job.pk}/file/").status_code == 404 for job in stale)


def test_a_reference_taken_from_it_goes_out_of_sight(make: Making, rui: User, mei: User, ada: User) -> None:
    case = make.refused(images=1)
    image = of(case)
    reference = Reference.objects.create(
        member=mei,
        image=image,
        media_type="image/png",
        width=1,
        height=1,
        bytes=1,
        sha256="1" * 64,
        original=image.original,
        thumb_320=image.thumb_320,
    )
    case.generation.reference_uses.create(reference=reference)
    delete(case, rui)

    for person in (mei, rui, ada):
        assert signed_in(person).get(f"/references/{reference.pk}/320/").status_code == 404


def test_the_author_is_told_that_it_was_deleted_and_why(make: Making, rui: User, mei: User) -> None:
    case = make.refused(images=1)
    address = f"/generations/{case.generation_id}/"
    delete(case, rui)

    page = signed_in(mei).get(address).content.decode()

    assert "A reviewer has deleted an image of this for good: Sexual content" in page
    assert "/media/" not in page


def test_the_record_says_before_and_after(make: Making, rui: User) -> None:
    verdict = Verdict.objects.get(pk=delete(make.refused(images=1), rui))

    assert in_words(verdict.before).endswith("Image shown")
    assert in_words(verdict.after).endswith("Deleted for good")
    assert "deleted=True" in row_of(verdict)["after"]
