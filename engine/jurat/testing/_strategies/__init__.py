"""Strategies of hypothesis for what jurat judges, and for what judges it."""
