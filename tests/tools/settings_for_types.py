"""The project's settings for django-stubs, which imports them without the environment of a studio."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-mypy")

from imagestudio.settings import *  # noqa: F403 - the variable must stand before settings.py reads it
