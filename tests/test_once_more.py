"""Which failures of the suite may be the machine's, and are asked once more before they count."""

from tests.tools.run_tests import MOST_ONCE_MORE, may_be_asked_once_more

_IN_THE_BROWSER = [f"tests/e2e/test_states.py::test_number_{number}" for number in range(MOST_ONCE_MORE + 1)]


def test_a_few_tests_in_the_browser_are_asked_once_more() -> None:
    assert may_be_asked_once_more(_IN_THE_BROWSER[:MOST_ONCE_MORE])


def test_many_that_fail_together_are_no_accident() -> None:
    assert not may_be_asked_once_more(_IN_THE_BROWSER)


def test_what_no_machine_can_disturb_fails_at_once_whatever_fails_beside_it() -> None:
    assert not may_be_asked_once_more(["tests/generations/test_moves.py::test_a_move", *_IN_THE_BROWSER[:1]])


def test_a_run_that_broke_without_a_failed_test_stays_broken() -> None:
    assert not may_be_asked_once_more([])
