"""O-VITON (try on): data, losses, training, baselines and evaluation."""
