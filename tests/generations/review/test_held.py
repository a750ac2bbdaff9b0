"""What is held: out of everybody's sight, first in the queue, and released or withheld by a reviewer."""

import html
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from generations import collecting, held, trash
from generations.batches import batch_of
from generations.execution.conclusion import refresh
from generations.models import (
    Case,
    CaseKind,
    Decision,
    Endpoint,
    Generation,
    Image,
    PreCheck,
    Verdict,
    touch,
)
from generations.moderation import holding
from generations.moderation.strikes import strikes_of
from generations.review import Ruling, Undecided, decide, undo
from generations.review.finding import next_waiting, page, previous_waiting
from generations.review.sought import Sought
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db


def hold(make: Making, *, images: int = 2, member: User | None = None, **fields: object) -> Case:
    """The case of a generation whose check before sending reached the line; its images have arrived."""
    call = make._call("A gunfight in a saloon", member or make.member, n=images, status="succeeded")
    told = {"scores": {"violence": 0.81, "hate": 0.01}, "held_for": ["violence"], "held_from": 0.7, **fields}
    PreCheck.objects.create(
        generation=call.generation, endpoint=Endpoint.objects.get(), model="omni", milliseconds=1, **told
    )
    for index in range(images):
        late(make, call.generation, index)
    refresh(call.generation_id)
    return Case.objects.get(kind=CaseKind.HELD, generation=call.generation)


def late(make: Making, generation: Generation, index: int) -> Image:
    """Another image of it, stored as settling stores one."""
    with transaction.atomic():
        image = make._image(generation.calls.get(), index)
        Image.objects.filter(pk=image.pk).update(**holding.of_new_image(generation.pk))
        touch(generation.pk, member_id=generation.member_id)
        image.refresh_from_db()
        holding.arrived(image)
    return image


def images_of(case: Case) -> list[Image]:
    return list(Image.objects.filter(generation=case.generation_id).order_by("index"))


def states_of(case: Case) -> list[str]:
    said = {(True, True): "held", (True, False): "hidden", (False, True): "shown"}
    return [said[one.hidden_at is not None, one.hidden_because is None] for one in images_of(case)]


def is_decided(case: Case) -> bool:
    return Case.objects.get(pk=case.pk).decided_at is not None


def door(client: Client, address: str) -> int:
    """What an address answers; a picture that comes is read to its end, which closes its file."""
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer)
    return answer.status_code


def words(answer_of: Client, address: str) -> str:
    answer = answer_of.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.fixture
def case(make: Making) -> Case:
    return hold(make)


def test_one_case_asks_about_everything_that_was_made(case: Case) -> None:
    assert (case.held_from, case.score, case.category_list) == (0.7, 0.81, ["violence"])
    assert (case.decided_at, case.is_severe) == (None, False)
    assert states_of(case) == ["held", "held"]


def test_its_author_gets_it_at_no_door_and_reads_that_it_waits(case: Case, mei: User) -> None:
    image, author = images_of(case)[0], signed_in(mei)

    for address in (
        f"/images/{image.pk}/",
        f"/images/{image.pk}/download/",
        f"/images/{image.pk}/similar/",
        f"/media/{image.pk}/original/",
        f"/media/{image.pk}/320/",
        f"/compare/?images={image.pk}",
    ):
        answer = author.get(address)
        assert answer.status_code == 404 or str(image.pk) not in answer.content.decode(), address
    assert author.post(f"/images/{image.pk}/reference/").status_code == 404
    for address in ("/", "/history/", f"/generations/{case.generation_id}/"):
        told = words(author, address)
        assert "Waiting for a reviewer" in told, address
        assert "/media/" not in told, address


def test_nothing_collects_marks_or_packs_it(case: Case, mei: User) -> None:
    image = images_of(case)[0]
    target = collecting.create(owner=mei, name="Westerns")

    assert collecting.add([image], target, by=mei) == 0
    assert not Image.objects.kept().filter(pk=image.pk).exists()
    assert Image.objects.visible_to(mei).filter(pk=image.pk).exists() is False


def test_a_reviewer_sees_it_after_show_and_not_a_byte_before(case: Case, reviewer: Client) -> None:
    image, address = images_of(case)[0], f"/review/{case.pk}/"

    covered, shown = words(reviewer, address), words(reviewer, f"{address}?show=1")

    assert "/media/" not in covered
    assert "Violence 0.81" in covered
    assert "held from 0.70" in covered
    assert f"/media/{image.pk}/640/" in shown
    assert door(reviewer, f"/media/{image.pk}/640/") == 200


def test_nobody_sees_or_decides_what_is_held_of_their_own(make: Making, rui: User) -> None:
    case = hold(make, member=rui)
    image, own = images_of(case)[0], signed_in(rui)

    assert door(own, f"/media/{image.pk}/320/") == 404
    assert door(own, f"/images/{image.pk}/") == 404
    assert "/media/" not in words(own, f"/review/{case.pk}/?show=1")
    with pytest.raises(Undecided):
        say(case, rui, Decision.APPROVE)
    assert states_of(case) == ["held", "held"]


def test_what_is_severe_is_administrators_alone(make: Making, reviewer: Client, ada: User) -> None:
    case = hold(make, held_for=["sexual/minors"], scores={"sexual/minors": 0.4}, held_from=0.3)

    assert case.is_severe
    assert door(reviewer, f"/review/{case.pk}/") == 404
    assert door(reviewer, f"/media/{images_of(case)[0].pk}/320/") == 404
    assert words(signed_in(ada), f"/review/{case.pk}/")


def test_approving_releases_everything_at_once_and_open_pages_learn_of_it(
    case: Case, rui: User, mei: User
) -> None:
    before, author = case.generation.changed_at, signed_in(mei)

    verdict = say(case, rui, Decision.APPROVE)

    assert states_of(case) == ["shown", "shown"]
    assert is_decided(case)
    assert Generation.objects.get(pk=case.generation_id).changed_at > before
    assert door(author, f"/media/{images_of(case)[0].pk}/320/") == 200
    assert sorted(Verdict.objects.get(pk=verdict).after["images"]) == sorted(
        str(one.pk) for one in images_of(case)
    )


def test_undoing_an_approval_holds_them_again(case: Case, rui: User, mei: User) -> None:
    verdict = say(case, rui, Decision.APPROVE)

    undo(verdict, reviewer=rui)

    assert states_of(case) == ["held", "held"]
    assert not is_decided(case)
    assert door(signed_in(mei), f"/media/{images_of(case)[0].pk}/320/") == 404


def test_withholding_tells_the_author_why(case: Case, reviewer: Client, mei: User) -> None:
    reviewer.post(f"/review/{case.pk}/", {"decision": "hide-2", "version": "0"})

    assert states_of(case) == ["hidden", "hidden"]
    assert is_decided(case)
    told = words(signed_in(mei), f"/generations/{case.generation_id}/")
    assert "Withheld by a reviewer" in told
    assert "A reviewer has withheld this: Violence or injury." in told
    assert "Withdraw" not in told


def test_undoing_it_holds_them_again(case: Case, rui: User) -> None:
    verdict = say(case, rui, Decision.HIDE, reason=2)

    undo(verdict, reviewer=rui)

    assert states_of(case) == ["held", "held"]
    assert not is_decided(case)


def test_withholding_is_a_strike_and_approving_is_none(make: Making, rui: User, mei: User) -> None:
    withheld, approved = hold(make), hold(make)
    verdict = say(withheld, rui, Decision.HIDE, reason=2)
    say(approved, rui, Decision.APPROVE)

    assert [strike.generation for strike in strikes_of(mei).every] == [withheld.generation_id]
    undo(verdict, reviewer=rui)
    assert strikes_of(mei).count == 0


def test_the_case_waits_until_each_of_its_images_is_decided(case: Case, reviewer: Client, mei: User) -> None:
    first, second = images_of(case)
    address = f"/review/{case.pk}/"

    answer = reviewer.post(address, {"decision": "hide-1", "image": str(first.pk), "version": "0"})
    assert answer["Location"].startswith(address)
    assert not is_decided(case)
    assert states_of(case) == ["hidden", "held"]

    reviewer.post(address, {"decision": "approve", "image": str(second.pk), "version": "1"})
    assert is_decided(case)
    assert states_of(case) == ["hidden", "shown"]
    told = words(signed_in(mei), f"/generations/{case.generation_id}/")
    assert "1 of 2 ready: the rest was withheld by a reviewer" in told


def test_what_was_withheld_by_itself_stays_so_when_the_rest_is_approved_and_that_is_undone(
    case: Case, rui: User
) -> None:
    first, _second = images_of(case)
    hiding = say(case, rui, Decision.HIDE, reason=1, image=first.pk)
    approval = say(case, rui, Decision.APPROVE)
    assert states_of(case) == ["hidden", "shown"]

    undo(approval, reviewer=rui)
    assert states_of(case) == ["hidden", "held"]
    undo(hiding, reviewer=rui)
    assert states_of(case) == ["held", "held"]


def test_an_approved_image_may_be_withheld_later_and_is_back_when_that_is_undone(
    case: Case, rui: User
) -> None:
    say(case, rui, Decision.APPROVE)
    verdict = say(case, rui, Decision.HIDE, reason=1, image=images_of(case)[0].pk)
    assert states_of(case) == ["hidden", "shown"]

    undo(verdict, reviewer=rui)

    assert states_of(case) == ["shown", "shown"]
    assert is_decided(case)


def test_a_held_image_is_deleted_for_good_and_the_case_is_decided(make: Making, rui: User) -> None:
    case = hold(make, images=1)

    say(case, rui, Decision.DELETE, reason=1, image=images_of(case)[0].pk)

    assert images_of(case)[0].removed_at is not None
    assert is_decided(case)


def test_it_is_not_decided_through_another_case_of_the_job(case: Case, make: Making, rui: User) -> None:
    other = Case.objects.create(
        kind=CaseKind.FLAGGED, generation=case.generation, member=case.member, model="x"
    )

    for decision in (Decision.SHOW, Decision.HIDE, Decision.DELETE):
        with pytest.raises(Undecided):
            say(other, rui, decision, reason=1, image=images_of(case)[0].pk)

    assert states_of(case) == ["held", "held"]


def test_it_is_not_closed_as_unclear_nor_approved_among_several_unseen(case: Case, reviewer: Client) -> None:
    assert reviewer.post(f"/review/{case.pk}/", {"decision": "unclear", "version": "0"}).status_code == 422
    reviewer.post("/review/bulk/", {"case": f"{case.pk}:0", "decision": "approve", "sure": "1"})

    assert states_of(case) == ["held", "held"]


def test_what_comes_late_is_held_and_asked_about_anew(case: Case, make: Making, rui: User) -> None:
    say(case, rui, Decision.APPROVE)

    late(make, case.generation, 2)
    refresh(case.generation_id)

    assert states_of(case) == ["shown", "shown", "held"]
    assert not is_decided(case)
    say(case, rui, Decision.APPROVE)
    assert states_of(case) == ["shown", "shown", "shown"]


def test_a_form_from_before_something_came_decides_nothing(
    case: Case, make: Making, reviewer: Client
) -> None:
    late(make, case.generation, 2)
    refresh(case.generation_id)

    answer = reviewer.post(f"/review/{case.pk}/", {"decision": "approve", "version": "0"})

    assert answer.status_code == 409
    assert states_of(case) == ["held", "held", "held"]


def test_a_form_from_before_an_image_came_lets_nothing_out_while_its_call_goes_on(
    case: Case, make: Making, rui: User
) -> None:
    late(make, case.generation, 2)

    with pytest.raises(Undecided):
        decide(case.pk, Ruling(Decision.APPROVE), reviewer=rui, version=0)

    assert states_of(case) == ["held", "held", "held"]


@pytest.mark.django_db(transaction=True)
def test_what_arrives_while_somebody_approves_is_not_let_out_unseen(make: Making, rui: User) -> None:
    case, begin, wrong = hold(make), Barrier(2), []

    def at_once(do: Callable[[], object]) -> None:
        begin.wait()
        try:
            do()
        except Undecided:
            pass  # the form was older than what arrived
        except Exception as error:  # noqa: BLE001 - a deadlock must not end with its thread
            wrong.append(error)
        finally:
            connection.close()

    def arrive() -> None:
        late(make, case.generation, 2)
        refresh(case.generation_id)

    approval = Ruling(Decision.APPROVE)
    acts = [arrive, lambda: decide(case.pk, approval, reviewer=rui, version=0)]
    both = [Thread(target=at_once, args=(act,)) for act in acts]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert wrong == []
    assert states_of(case)[2] == "held"
    assert not is_decided(case)


def test_what_has_come_is_not_asked_about_twice(case: Case, rui: User) -> None:
    say(case, rui, Decision.APPROVE)

    refresh(case.generation_id)

    assert is_decided(case)


def test_the_author_withdraws_it_into_the_trash_and_the_case_is_closed(
    case: Case, mei: User, reviewer: Client
) -> None:
    author = signed_in(mei)
    assert "Withdraw" in words(author, "/")

    author.post(f"/generations/{case.generation_id}/withdraw/")

    assert all(one.trashed_at for one in images_of(case))
    verdict = Verdict.objects.get()
    assert (verdict.decision, verdict.reviewer, verdict.after) == ("withdraw", mei, {"decision": "withdraw"})
    assert is_decided(case)
    assert "/media/" not in words(author, "/trash/")
    assert "Withdrawn before a reviewer has seen it" in words(author, "/trash/")
    assert "Decided by Mei: Withdrawn by its author." in words(reviewer, f"/review/{case.pk}/")
    assert "Withdrawn by its author" in words(reviewer, "/review/log/")


def test_restored_from_the_trash_it_waits_again(case: Case, mei: User, rui: User) -> None:
    trash.put(images_of(case), by=mei, at=timezone.now())
    assert is_decided(case)

    trash.restore(images_of(case), by=mei)

    assert not is_decided(case)
    assert states_of(case) == ["held", "held"]
    assert Verdict.objects.get(decision=Decision.UNDO).reviewer == mei
    say(case, rui, Decision.APPROVE)
    assert states_of(case) == ["shown", "shown"]


def test_deleting_the_whole_generation_withdraws_it_as_well(case: Case, mei: User) -> None:
    trash.put_generations([case.generation], by=mei, at=timezone.now())
    assert is_decided(case)
    trash.restore_generations([case.generation], by=mei)
    assert not is_decided(case)


def test_what_comes_after_it_was_withdrawn_goes_the_same_way(case: Case, make: Making, mei: User) -> None:
    trash.put(images_of(case), by=mei, at=timezone.now())

    image = late(make, case.generation, 2)
    refresh(case.generation_id)
    trash.bring_back_what_still_arrived()

    image.refresh_from_db()
    assert image.trashed_at is not None
    assert is_decided(case)
    assert Generation.objects.get(pk=case.generation_id).trashed_at is not None


def test_a_withdrawal_is_no_reviewers_to_undo(case: Case, mei: User, rui: User) -> None:
    trash.put(images_of(case), by=mei, at=timezone.now())

    with pytest.raises(Undecided, match="Its author has taken this back"):
        undo(Verdict.objects.get().pk, reviewer=rui)
    with pytest.raises(Undecided, match="Already decided by Mei"):
        say(case, rui, Decision.APPROVE)


def test_what_was_decided_first_is_not_withdrawn(case: Case, mei: User, rui: User) -> None:
    say(case, rui, Decision.APPROVE)

    signed_in(mei).post(f"/generations/{case.generation_id}/withdraw/")

    assert all(one.is_kept for one in images_of(case))


def test_others_do_not_withdraw_it(case: Case, bo: User) -> None:
    assert signed_in(bo).post(f"/generations/{case.generation_id}/withdraw/").status_code == 404
    assert states_of(case) == ["held", "held"]


def test_it_comes_before_everything_else_that_waits(make: Making, rui: User) -> None:
    older = [make.refused("one"), make.refused("two")]
    held_ones = [hold(make), hold(make)]
    Case.objects.filter(pk=older[0].pk).update(opened_at=timezone.now() - timedelta(days=2))
    order = [*(one.pk for one in held_ones), *(one.pk for one in older)]

    shown = page(Sought(), rui, size=1)
    found = [one.pk for one in shown.cases]
    while shown.next_cursor is not None:
        shown = page(Sought(), rui, shown.next_cursor, size=1)
        found += [one.pk for one in shown.cases]

    assert found == order
    every = Case.objects.in_bulk(order)
    ways = [next_waiting(Sought(), rui, after=every[pk]) for pk in order]
    assert ways == [*order[1:], order[0]]
    assert next_waiting(Sought(), rui) == order[0]
    assert [previous_waiting(Sought(), rui, before=every[pk]) for pk in order] == [None, *order[:-1]]


def test_its_row_says_the_score_and_the_line(case: Case, reviewer: Client) -> None:
    told = words(reviewer, "/review/?kind=held")

    assert f'id="case-{case.pk}"' in told
    assert "<li>Violence 0.81</li><li>held from 0.70</li>" in told
    assert '<option value="held" selected>Held</option>' in told


def test_the_usual_time_is_told_once_twenty_decisions_were_measured(case: Case, rui: User) -> None:
    held.forget()
    decided(case, rui, 19, hours=1.6)
    assert batch_of(read(case)).headline == "Waiting for a reviewer"

    decided(case, rui, 1, hours=1.6)
    held.forget()

    assert batch_of(read(case)).headline == "Waiting for a reviewer, usually under 2 h"
    held.forget()


def test_what_was_withdrawn_is_not_measured(case: Case, rui: User) -> None:
    held.forget()
    decided(case, rui, 19, hours=1)
    decided(case, rui, 1, hours=1, decision=Decision.WITHDRAW)

    assert held.usual_wait() is None
    held.forget()


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.2, "usually under 12 min"), (2.5, "usually under 3 h"), (60, "usually under 3 days")],
)
def test_the_usual_time_is_rounded_up(case: Case, rui: User, hours: float, words: str) -> None:
    held.forget()
    decided(case, rui, 20, hours=hours)

    assert batch_of(read(case)).headline.endswith(words)
    held.forget()


def test_the_page_of_its_author_goes_on_asking_until_it_is_decided(case: Case, rui: User, mei: User) -> None:
    author = signed_in(mei)
    assert "data-paced" in words(author, "/")
    assert (
        "hx-trigger" in words(author, f"/generations/{case.generation_id}/").split('id="generation"')[1][:300]
    )
    assert 'data-status="held"' in words(author, "/")

    say(case, rui, Decision.APPROVE)

    assert "data-paced" not in words(author, "/")
    assert 'data-status="succeeded"' in words(author, "/")


def read(case: Case) -> Generation:
    return Generation.objects.with_results().get(pk=case.generation_id)


def decided(case: Case, by: User, count: int, *, hours: float, decision: Decision = Decision.APPROVE) -> None:
    """Cases of earlier days that took so long."""
    now = timezone.now()
    for _number in range(count):
        generation = Generation.objects.create(
            member=case.member,
            submit_token=uuid4(),
            endpoint=case.generation.endpoint,
            model="x",
            prompt="",
            n=1,
            status="succeeded",
        )
        one = Case.objects.create(
            kind=CaseKind.HELD,
            generation=generation,
            member=case.member,
            model="x",
            opened_at=now - timedelta(hours=hours),
            decided_at=now,
        )
        Verdict.objects.create(case=one, reviewer=by, decision=decision)
