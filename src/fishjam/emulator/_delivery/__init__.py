"""Delivery of events to sockets and webhooks: in order, and delayed on request."""
