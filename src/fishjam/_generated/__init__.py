# Generated from openapi/ by `nox -s codegen`. Do not edit: change the source instead.
"""What the generator makes."""
