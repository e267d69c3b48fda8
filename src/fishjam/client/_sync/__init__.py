# Generated from src/fishjam/client/_async/__init__.py by `nox -s codegen`. Do not edit: change the source instead.
"""The client's methods by subject, and the client made of them."""
