"""Agents: programs that are peers of a room, and hear and speak there."""

from fishjam.agent.agent import Agent as Agent

__all__ = ("Agent",)
