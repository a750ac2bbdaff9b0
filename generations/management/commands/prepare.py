"""Bring the database in line with the environment, at every start: the endpoint it names, the sealed keys."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from generations.endpoints.from_environment import DEFAULT_KEY_VARIABLE, put_endpoint
from generations.models import Endpoint
from generations.sealing import SecretUnusable, renewed


class Command(BaseCommand):
    help = (
        "Write the endpoint of IMAGES_BASE_URL, or the simulator's when there is no key, into the database."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        has_key = bool(os.environ.get(DEFAULT_KEY_VARIABLE, "").strip())
        put_endpoint(
            base_url=settings.IMAGES_BASE_URL
            if has_key or not settings.SIMULATOR_URL
            else settings.SIMULATOR_URL,
            is_simulator=not has_key and bool(settings.SIMULATOR_URL),
            models=settings.IMAGES_MODELS,
        )
        for endpoint in Endpoint.objects.all():
            self._renew(endpoint, "encrypted_key", what="key")
            self._renew(endpoint, "encrypted_proxy", what="proxy")

    def _renew(self, endpoint: Endpoint, field: str, *, what: str) -> None:
        sealed = getattr(endpoint, field)
        if not sealed:
            return
        try:
            setattr(endpoint, field, renewed(sealed))
        except SecretUnusable:
            self.stderr.write(
                f"ENDPOINT_KEY_SECRET does not open the stored {what} of the endpoint {endpoint.name!r}."
            )
        else:
            endpoint.save(update_fields=[field])
