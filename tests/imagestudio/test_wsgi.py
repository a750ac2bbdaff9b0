"""The process that answers requests, as it is before the first one."""

import os
import subprocess
import sys

_LOOK = """
import gc, sys
import imagestudio.wsgi
print("generations.views.history" in sys.modules, gc.get_freeze_count() > 50_000)
"""


def test_what_is_loaded_at_the_start_is_not_looked_through_for_garbage_again() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "imagestudio.settings"}
    told = subprocess.run([sys.executable, "-c", _LOOK], env=environment, capture_output=True, text=True)

    assert told.stdout.split() == ["True", "True"], told.stderr
