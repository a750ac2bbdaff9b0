"""What was sent although the check before sending had flagged it: another kind of case, with its scores."""

import html

import pytest
from django.test import Client

from generations import cases
from generations.models import Case, Decision, Endpoint, Generation, Image, PreCheck, Verdict
from generations.review import Undecided, undo
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def flagged(make: Making) -> Case:
    """Two images came of it."""
    made = make.shared("A nude by the sea", images=2).generation
    checked(made, flagged_for=["sexual", HOSTILE])
    return cases.flag(made, ["sexual", HOSTILE])


def checked(made: Generation, **fields: object) -> PreCheck:
    return PreCheck.objects.create(
        generation=made,
        endpoint=Endpoint.objects.get(),
        model="omni-moderation-latest",
        scores={"sexual": 0.7125, "violence": 0.0004, "hate": 0.0003, "harassment": 0.0002},
        sentence="A nude by the sea",
        milliseconds=340,
        **fields,
    )


def words(answer_of: Client, address: str) -> str:
    answer = answer_of.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_same_generation_is_flagged_once(flagged: Case) -> None:
    assert cases.flag(flagged.generation, ["violence"]) == flagged
    assert flagged.category_list[0] == "sexual"


def test_the_queue_shows_it_and_finds_it_by_its_kind(make: Making, flagged: Case, reviewer: Client) -> None:
    refused = make.refused("another")

    page = words(reviewer, "/review/?kind=flagged")

    assert f'id="case-{flagged.pk}"' in page
    assert f'id="case-{refused.pk}"' not in page
    assert '<option value="flagged" selected>Flagged before sending</option>' in page
    assert f'id="case-{flagged.pk}"' in words(reviewer, "/review/?category=sexual")


def test_the_item_shows_the_scores_the_sentence_and_what_can_be_decided(
    flagged: Case, reviewer: Client
) -> None:
    page = words(reviewer, f"/review/{flagged.pk}/")

    assert "Sexual content" in page
    assert "71%" in page
    assert 'value="71"' in page
    assert '<mark dir="auto">A nude by the sea</mark>' in page
    assert "omni-moderation-latest" in page
    assert 'value="approve"' in page
    assert 'value="unclear"' in page
    for other in ("right", "false_positive", "release"):
        assert f'value="{other}"' not in page, other
    assert HOSTILE not in reviewer.get(f"/review/{flagged.pk}/").content.decode()
    assert "/media/" not in page


def test_the_scores_of_what_was_stopped_stand_at_its_refusal(make: Making, reviewer: Client) -> None:
    case = make.refused()
    checked(case.generation, stopped_for=["sexual"])

    page = words(reviewer, f"/review/{case.pk}/")

    assert "was not sent" in page
    assert '<span class="badge badge--bad">stopped</span>' in page


def test_approving_decides_it_and_the_next_one_opens(make: Making, flagged: Case, reviewer: Client) -> None:
    following = make.refused("another")

    answer = reviewer.post(f"/review/{flagged.pk}/", {"decision": "approve", "version": "0"})

    verdict = Verdict.objects.get()
    assert (verdict.decision, verdict.image) == (Decision.APPROVE, None)
    assert answer["Location"] == f"/review/{following.pk}/?decided={verdict.pk}"
    flagged.refresh_from_db()
    assert flagged.decided_at is not None


@pytest.mark.parametrize("decision", ["right", "false_positive", "release"])
def test_it_is_not_answered_like_a_refusal(flagged: Case, reviewer: Client, decision: str) -> None:
    answer = reviewer.post(f"/review/{flagged.pk}/", {"decision": decision, "version": "0"})

    assert answer.status_code == 422
    assert not Verdict.objects.exists()


def test_hiding_an_image_of_it_answers_it_and_the_others_can_follow(
    flagged: Case, reviewer: Client, rui: User
) -> None:
    first, second = Image.objects.order_by("index")

    reviewer.post(f"/review/{flagged.pk}/", {"decision": "hide-2", "image": str(first.pk), "version": "0"})
    say(flagged, rui, Decision.HIDE, reason=2, image=second.pk)

    flagged.refresh_from_db()
    assert flagged.decided_at is not None
    assert Image.objects.filter(hidden_at__isnull=False).count() == 2
    assert flagged.latest_verdict is not None
    assert flagged.latest_verdict.image == second


def test_what_was_decided_is_not_approved_as_well(flagged: Case, rui: User) -> None:
    image = Image.objects.order_by("index").first()
    assert image is not None
    say(flagged, rui, Decision.HIDE, reason=2, image=image.pk)

    with pytest.raises(Undecided):
        say(flagged, rui, Decision.APPROVE)


def test_undoing_the_only_hiding_makes_it_wait_again(flagged: Case, rui: User) -> None:
    image = Image.objects.order_by("index").first()
    assert image is not None
    verdict = say(flagged, rui, Decision.HIDE, reason=2, image=image.pk)

    undo(verdict, reviewer=rui)

    image.refresh_from_db()
    assert image.hidden_at is None
    assert list(Case.objects.waiting()) == [flagged]


def test_several_are_approved_together(flagged: Case, reviewer: Client) -> None:
    asked = {"case": f"{flagged.pk}:0", "decision": "approve", "sure": "1"}

    reviewer.post("/review/bulk/", asked)

    assert Verdict.objects.get().decision == Decision.APPROVE


def test_a_severe_one_is_administrators_alone(make: Making, reviewer: Client, ada: User) -> None:
    case = cases.flag(make.shared().generation, ["sexual/minors"])

    assert reviewer.get(f"/review/{case.pk}/").status_code == 404
    assert words(signed_in(ada), f"/review/{case.pk}/")


def test_its_author_is_told_nothing_of_it(flagged: Case, rui: User) -> None:
    say(flagged, rui, Decision.UNCLEAR)

    page = words(signed_in(flagged.member), f"/generations/{flagged.generation_id}/")

    assert "reviewer" not in page.lower()
