"""Start the receiver: `python -m examples.webhooks_django`."""

import os

import django
from django.core.management import call_command

from examples.local_fishjam import PORT, local_fishjam

os.environ["DJANGO_SETTINGS_MODULE"] = "examples.webhooks_django.settings"

with local_fishjam(webhook_path="/fishjam"):
    django.setup()
    # Reloading would start this program, and its Fishjam, a second time.
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False)
