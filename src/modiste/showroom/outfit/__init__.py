"""Outfit view."""
