"""Parsing: which pixels of a photo are which garment, and where the body's joints are."""

from __future__ import annotations

from modiste.parsing.frame import SIZE, Frame, Parsed, Parser, Scene, Seen, garment_of, look, look_with
from modiste.parsing.pipeline import HubParser, TrainedParser

__all__ = ["SIZE", "Frame", "Parsed", "Parser", "Scene", "Seen", "garment_of", "look", "look_with", "open_parser"]


def open_parser(name: str = "parser-photos", *, threads: int | None = None) -> Parser:
    """The parser of this name.

    Args:
        name: shipped weights (`modiste models` lists them), the folder of a run, or `hub:ORGANISATION/NAME` for a
            SegFormer that was trained on clothes, which takes the joints from the shipped parser.
        threads: cores for onnxruntime; all of them by default.

    Raises:
        UsageError: there are no such weights, or they are for something else.
    """
    if name.startswith("hub:"):
        return HubParser(name, TrainedParser("parser-photos", threads=threads))
    return TrainedParser(name, threads=threads)
