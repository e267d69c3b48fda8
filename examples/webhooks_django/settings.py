"""The settings of the project, as few as there can be."""

import os
from secrets import token_urlsafe

ROOT_URLCONF = "examples.webhooks_django.urls"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or token_urlsafe()
ALLOWED_HOSTS = [*filter(None, [os.environ.get("DJANGO_HOST")]), "127.0.0.1", "localhost"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
FISHJAM_WEBHOOK_SECRET = os.environ["FISHJAM_WEBHOOK_SECRET"]
