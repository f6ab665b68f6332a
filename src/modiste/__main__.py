"""`python -m modiste`, which is what torchrun starts."""

from modiste.cli import main

main()
