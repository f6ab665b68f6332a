"""Parsing: data, losses, training, baselines and evaluation."""
