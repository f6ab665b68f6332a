"""Speech: how many words are recognised."""
