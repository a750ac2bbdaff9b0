"""The endpoint that the environment names becomes a row, and administrators keep what they changed."""

import pytest
from django.core.exceptions import ValidationError

from generations.endpoints.from_environment import SIMULATED_MODELS, put_endpoint
from generations.models import Endpoint, EndpointModel

pytestmark = pytest.mark.django_db


def test_a_studio_without_a_key_offers_the_simulator() -> None:
    endpoint = put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[])

    assert endpoint.is_simulator
    assert [offer.name for offer in EndpointModel.objects.on_offer()] == list(SIMULATED_MODELS)


def test_a_studio_that_gets_a_key_stops_offering_the_simulator() -> None:
    put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[])

    real = put_endpoint(base_url="https://api.example.com/v1", is_simulator=False, models=["gpt-image-2"])

    assert [offer.endpoint for offer in EndpointModel.objects.on_offer()] == [real]


def test_a_new_address_of_the_environment_replaces_the_old_one() -> None:
    put_endpoint(base_url="https://old.example.com", is_simulator=False, models=[])
    put_endpoint(base_url="https://new.example.com", is_simulator=False, models=[])

    assert Endpoint.objects.get().base_url == "https://new.example.com"


def test_an_endpoint_that_an_administrator_switched_off_stays_off_until_it_takes_over() -> None:
    simulator = put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[])
    Endpoint.objects.update(is_active=False)
    assert not put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[]).is_active

    put_endpoint(base_url="https://api.example.com/v1", is_simulator=False, models=[])
    back = put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[])
    assert (back, back.is_active) == (simulator, True)


def test_the_simulator_has_a_key_though_the_variable_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGES_API_KEY", "")
    endpoint = put_endpoint(base_url="http://127.0.0.1:8001/v1", is_simulator=True, models=[])
    assert endpoint.connection().has_usable_key


def test_a_model_that_an_administrator_switched_off_stays_off() -> None:
    put_endpoint(base_url="https://api.example.com", is_simulator=False, models=[])
    EndpointModel.objects.filter(name="gpt-image-1").update(is_active=False)

    put_endpoint(base_url="https://api.example.com", is_simulator=False, models=[])

    assert not EndpointModel.objects.on_offer().filter(name="gpt-image-1").exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "IMAGES_API_KEY\n", "images_api_key"])
def test_no_variable_but_an_api_key_can_be_named_as_the_key(name: str) -> None:
    endpoint = Endpoint(name="Thief", base_url="https://thief.example.com", key_variable=name)

    with pytest.raises(ValidationError) as refused:
        endpoint.full_clean()
    assert "key_variable" in refused.value.message_dict


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "https://user:secret@example.com", "example.com", "https://"]
)
def test_a_base_url_that_cannot_be_used_is_refused_at_its_field(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Endpoint(name="Wrong", base_url=url).full_clean()
    assert "base_url" in refused.value.message_dict


def test_the_key_is_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGES_API_KEY", "sk-very-secret")
    endpoint = put_endpoint(base_url="https://api.example.com", is_simulator=False, models=[])

    assert "sk-very-secret" not in repr(endpoint.connection())
    assert "sk-very-secret" not in repr(vars(endpoint))
