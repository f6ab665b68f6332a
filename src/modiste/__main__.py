"""`python -m modiste` is the command line, as `torchrun` starts it."""

from modiste.cli import main

main()
