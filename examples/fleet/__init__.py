"""Agents on several machines: the fleet, and what runs it with Docker Compose and Kubernetes."""
