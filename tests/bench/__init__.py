"""Measurements, which are no tests: what is measured depends on the machine.

Whoever starts a module of this package names the settings and the database in the environment.
"""

import os

import django

if "DJANGO_SETTINGS_MODULE" in os.environ:
    django.setup()
