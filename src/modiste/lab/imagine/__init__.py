"""ReStGAN (imagine): data, losses, training, baselines and evaluation."""
