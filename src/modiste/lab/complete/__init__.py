"""CSA-Net (complete): data, losses, training, baselines and evaluation."""
