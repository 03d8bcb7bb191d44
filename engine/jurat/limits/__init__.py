"""Counters in memory: rate, tokens and spend, reserved in one step and given back."""

from ._memory import LimitsFull, MemoryLimits, Reservation

__all__ = ["LimitsFull", "MemoryLimits", "Reservation"]
