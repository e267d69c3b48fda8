"""What the Gemini integration is made of; stands on the real google-genai."""

try:
    import google.genai  # noqa: F401
except ImportError as _error:
    raise ImportError(
        "fishjam.integrations.gemini needs google-genai: pip install 'fishjam-server-sdk[gemini]'"
    ) from _error
