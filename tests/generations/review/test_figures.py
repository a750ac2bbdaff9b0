"""What pages of the review say in numbers and choices, and what is written down when a case is opened."""

import pytest
from django.test import Client

from generations.history.finding import Count
from generations.models import Case, Decision, Look
from generations.review import finding, looks, record
from generations.review.finding import counts
from generations.review.record import record_of
from generations.review.sought import Sought
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db


def test_a_record_says_that_there_are_more_verdicts_than_it_has_counted(
    make: Making, mei: User, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for decision in (Decision.FALSE_POSITIVE, Decision.RIGHT, Decision.RIGHT):
        say(make.refused(), rui, decision)
    exact = record_of(mei)

    assert (exact.confirmed, exact.overturned) == (Count(2, is_more=False), Count(1, is_more=False))
    assert exact.refused == Count(3, is_more=False)

    monkeypatch.setattr(record, "MOST_READ", 2)

    assert record_of(mei).confirmed == Count(2, is_more=True)
    assert record_of(mei).overturned == Count(0, is_more=True)


def test_of_a_category_fewer_are_counted(make: Making, rui: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make.refused(categories=("violence",))
    monkeypatch.setattr(finding, "_MOST_OF_A_CATEGORY", 2)

    assert counts(Sought(category="violence"), rui)["waiting"] == Count(2, is_more=True)
    assert counts(Sought(), rui)["waiting"] == Count(3, is_more=False)


def test_markup_in_a_name_is_text_in_the_filters_and_rows(make: Making, mei: User, reviewer: Client) -> None:
    User.objects.filter(pk=mei.pk).update(name="<b onclick='x'>Mei</b>")
    make.refused("<script>alert(1)</script>")

    page = reviewer.get(f"/review/?member={mei.pk}").content.decode()

    assert "<b onclick" not in page
    assert "<script>alert" not in page
    assert f'<option value="{mei.pk}" selected>&lt;b onclick' in page


def test_whoever_is_chosen_is_among_the_choices_however_many_members_there_are(
    make: Making, mei: User, reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.views.review._MOST_CHOICES", 0)
    make.refused()

    page = reviewer.get(f"/review/?member={mei.pk}").content.decode()

    assert f'<option value="{mei.pk}" selected>' in page


def test_a_case_is_not_claimed_by_somebody_whose_look_could_not_be_noted(
    make: Making, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make.refused()

    def fails(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(looks, "note", fails)
    with pytest.raises(OSError, match="full"):
        signed_in(rui).get(f"/review/{case.pk}/")

    assert Case.objects.get().claimed_by is None
    assert not Look.objects.exists()
