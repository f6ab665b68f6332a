"""The lab: where networks are trained, measured and compared. Nothing outside it but the command line imports it."""
