# Generated from src/fishjam/composition/_async/__init__.py by `nox -s codegen`. Do not edit: change the source instead.
"""The methods of the composition client by subject, and the client made of them."""
