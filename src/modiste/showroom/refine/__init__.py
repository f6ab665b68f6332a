"""Refine view."""
