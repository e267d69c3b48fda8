"""Sending REST requests: addresses, credentials, retries, errors, for sync and async code."""
