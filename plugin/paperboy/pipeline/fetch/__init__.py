"""The first stage: missing and incomplete days, signals, institutions."""
