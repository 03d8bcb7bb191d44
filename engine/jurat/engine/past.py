"""Going through a log's decisions, in this process or in several: for those who decide them again
by other bundles."""

from ._replay_jobs import Leaves, Make, in_one, in_processes
from ._replay_moved import move_snapshot

__all__ = ["Leaves", "Make", "in_one", "in_processes", "move_snapshot"]
