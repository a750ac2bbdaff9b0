"""Bring the endpoint that the environment names into the database, at every start."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from generations.endpoint_from_environment import DEFAULT_KEY_VARIABLE, put_endpoint


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
