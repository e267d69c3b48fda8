# Generated from openapi/composition.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""The Composition API: models and endpoints."""
