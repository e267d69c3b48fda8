"""Sending REST requests: addresses, credentials, retries, errors, and a thin shell per world."""
