# Generated from proto/ by `nox -s codegen`. Do not edit: change the source instead.
"""The protobuf side: descriptors and events."""
