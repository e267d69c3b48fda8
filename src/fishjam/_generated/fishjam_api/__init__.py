# Generated from openapi/fishjam.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""The Fishjam API: models and endpoints."""
