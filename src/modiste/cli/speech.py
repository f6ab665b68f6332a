"""`modiste evaluate speech`: measure how many words of spoken requests are recognised."""

from __future__ import annotations

from typing import Annotated

import typer

from modiste.cli import output
from modiste.cli.evaluate import show
from modiste.cli.options import Json, JsonFile


def speech(
    transcriber: Annotated[
        str, typer.Option("--transcriber", metavar="NAME", help="auto, pocketsphinx, whisper or whisper:MODEL.")
    ] = "pocketsphinx",
    sentences: Annotated[int, typer.Option("--sentences", metavar="N", help="How many are spoken.")] = 50,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed composes others.")] = 0,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well spoken requests are heard.

    Composes requests, half of them in wordings that the recogniser was not prepared for, has espeak-ng speak them
    and compares what is heard. The voices are synthetic: the numbers compare recognisers, people are heard otherwise.
    """
    from modiste.lab.speech.evaluate import evaluate

    result = evaluate(transcriber, sentences=sentences, seed=seed)
    if as_json:
        output.emit(result, file)
    else:
        show(result)
