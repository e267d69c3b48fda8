"""The version of this package; it follows the API document that the code is generated from."""

__version__ = "0.31.2"
