"""Contact sheets: rows of photos under a caption, for looking at results."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from modiste.errors import UsageError
from modiste.images import load_image

Cell = tuple[Image.Image | Path, str, bool]
"""A photo, its label, and whether it is marked (a source, or a right answer)."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

MARGIN, GAP, PAD = 32, 16, 6
INK, FAINT, MARK, PLATE = "#1d1d1f", "#6b6b70", "#0a7f5a", "#f5f4f1"


def sheet(
    rows: Sequence[tuple[str, Sequence[Cell]]], *, thumb: tuple[int, int] = (200, 150), columns: int = 8
) -> Image.Image:
    """Draw rows of photos, each row under its caption; more than `columns` photos wrap.

    A marked photo has a green frame and a tick.

    Args:
        rows: caption and cells of every row; a caption or a label may be empty.
        thumb: height and width of a photo in pixels; its shape is kept.
        columns: photos beside each other, at most.

    Raises:
        UsageError: no rows, or an image that can't be read.
    """
    if not rows:
        raise UsageError("a contact sheet needs at least one row")
    widest = max(1, min(columns, max(len(cells) for _, cells in rows)))
    width = 2 * MARGIN + widest * (thumb[1] + GAP) - GAP
    strips = [_strip(caption, cells, thumb, widest, width) for caption, cells in rows]
    page = Image.new("RGB", (width, sum(strip.height for strip in strips) + 2 * MARGIN - GAP), "white")
    top = MARGIN
    for strip in strips:
        page.paste(strip, (0, top))
        top += strip.height
    return page


def _strip(caption: str, cells: Sequence[Cell], thumb: tuple[int, int], columns: int, width: int) -> Image.Image:
    """One caption and its photos, as wide as the page."""
    title, small = ImageFont.load_default(20), ImageFont.load_default(13)
    lines = _wrap(caption, title, width - 2 * MARGIN)
    bands = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    labels = [[_wrap(label, small, thumb[1], most=3) for _, label, _ in band] for band in bands]
    heights = [thumb[0] + PAD + 17 * max(len(wrapped) for wrapped in band) + GAP for band in labels]
    strip = Image.new("RGB", (width, len(lines) * 26 + PAD + sum(heights) + GAP), "white")
    draw = ImageDraw.Draw(strip)
    for number, line in enumerate(lines):
        draw.text((MARGIN, number * 26), line, font=title, fill=INK)
    top = len(lines) * 26 + PAD
    for band, wrapped, height in zip(bands, labels, heights, strict=True):
        for column, (photo, _, marked) in enumerate(band):
            left = MARGIN + column * (thumb[1] + GAP)
            image = load_image(photo, at_least=thumb) if isinstance(photo, Path) else photo.convert("RGB")
            _paste(strip, image, (left, top), thumb, marked)
            for number, line in enumerate(wrapped[column]):
                below = (left, top + thumb[0] + PAD + number * 17)
                draw.text(below, line, font=small, fill=MARK if marked else FAINT)
        top += height
    return strip


def _paste(
    strip: Image.Image, image: Image.Image, corner: tuple[int, int], thumb: tuple[int, int], marked: bool
) -> None:
    """Paste a photo into its cell, with a frame and a tick if it is marked."""
    (left, top), (height, width) = corner, thumb
    draw = ImageDraw.Draw(strip)
    scale = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image = image.resize(size, Image.Resampling.LANCZOS)
    draw.rectangle((left, top, left + width - 1, top + height - 1), fill=PLATE)
    strip.paste(image, (left + (width - image.width) // 2, top + (height - image.height) // 2))
    if marked:
        draw.rectangle((left - 3, top - 3, left + width + 2, top + height + 2), outline=MARK, width=3)
        draw.ellipse((left + width - 25, top + 5, left + width - 5, top + 25), fill=MARK)
        tick = [(left + width - 20, top + 15), (left + width - 16, top + 19), (left + width - 10, top + 11)]
        draw.line(tick, fill="white", width=2, joint="curve")


def _wrap(text: str, font: Font, width: int, most: int = 6) -> list[str]:
    """Lines that fit into `width`; what goes beyond `most` lines ends in three dots.

    Pillow's own font has ASCII alone: accents are removed, other scripts become `?`.
    """
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("€", "EUR"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    lines: list[str] = []
    for word in plain.encode("ascii", "replace").decode().split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} {lines[most]}"]
    for number, line in enumerate(lines):
        if font.getlength(line) > width:
            while line and font.getlength(f"{line}...") > width:
                line = line[:-1]
            lines[number] = f"{line.rstrip()}..."
    return lines
