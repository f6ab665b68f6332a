"""The encoder of photos and words: data, losses, training, baselines and evaluation."""
