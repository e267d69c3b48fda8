"""Access to the Media over QUIC relay."""

from fishjam._generated.fishjam_api.models import MoqAccess as MoqAccess

__all__ = ("MoqAccess",)
