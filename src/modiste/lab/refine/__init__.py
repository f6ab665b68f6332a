"""VAL (refine): data, losses, training, baselines and evaluation."""
