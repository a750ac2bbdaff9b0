import pytest

from generations.images_api.retry_after import retry_after

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({}, "", None),
        ({"retry-after": "20"}, "", 20.0),
        ({"retry-after": " 1.5 "}, "", 1.5),
        ({"retry-after": "0"}, "", 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, "", 1.5),
        ({"retry-after": "315360000"}, "", 3_600.0),
        ({"retry-after": "9" * 400}, "", None),
        ({"retry-after": "-5"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "１０"}, "", 10.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, "", 0.0),
        ({"retry-after": "Fri, 15 Jan 2037 08:00:00 GMT"}, "", 3_600.0),
        ({"retry-after": "Fri, 31 Feb 2027 08:00:00 GMT"}, "", None),
        ({"retry-after": "Mon, 28 Feb 2028 25:00:00 GMT"}, "", None),
        ({"retry-after": "Tue, 19 Jan 2038 03:14:08 GMT"}, "", 3_600.0),
        (
            {"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"},
            "",
            60.0,
        ),
        ({}, "please slow down and try again after 51.84 seconds.", 51.84),
        ({}, "Limit 4000, Used 4000. Please try again in 15ms.", 0.015),
        ({}, "Please try again in 6m0s.", 360.0),
        ({}, "Please try again in 1h2m3.5s", 3_600.0),
        ({}, "Please try again in 2 minutes", 120.0),
        ({}, "try again in a while", None),
        ({}, "try again in 5", None),
        ({"retry-after": "garbage"}, "try again in 3s", 3.0),
        ({"retry-after": "7"}, "try again in 3s", 7.0),
    ],
)
def test_the_wait_is_what_the_endpoint_says_up_to_an_hour(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    found = retry_after(headers, message, received_at=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))
