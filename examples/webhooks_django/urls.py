"""The addresses of the project."""

from django.urls import path

from examples.webhooks_django.views import webhook, who_is_where

urlpatterns = [path("", who_is_where), path("fishjam", webhook)]
