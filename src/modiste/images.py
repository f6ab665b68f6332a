"""The one door for image bytes: every photo that comes in is checked and decoded here."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from modiste.errors import UsageError

MAX_PIXELS = 50_000_000
SIZE = (128, 96)
"""Height and width at which encoders see a photo."""

Pixels = NDArray[np.uint8]

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"/></rdf:RDF></x:xmpmeta>'
)
"""What IPTC asks of pictures that networks make."""


class ImageError(UsageError):
    """A photo that can't be used; the message says why and what to do."""


def load_image(
    source: Path | bytes, *, at_least: tuple[int, int] | None = None, name: str | None = None
) -> Image.Image:
    """Decode one photo to RGB, upright, transparency on white.

    Args:
        source: a file or its bytes.
        at_least: height and width that the caller will shrink it to; a JPEG is then decoded at a
            smaller scale that is still larger than this, which is several times faster.
        name: what errors call it; by default the file's name.

    Raises:
        ImageError: missing, empty, truncated, not an image, animated or over 50 megapixels.
    """
    name = name or (source.name if isinstance(source, Path) else "image")
    stream = io.BytesIO(_read(source, name))
    try:
        with Image.open(stream) as opened:
            _check(opened, name)
            if at_least is not None:
                opened.draft("RGB", (at_least[1] * 3 // 2, at_least[0] * 3 // 2))
            return _upright_rgb(opened)
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(f"{name} is not an image that can be read; give a JPEG, PNG or WebP file") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"{name} has over {MAX_PIXELS // 10**6} megapixels, which is too large; shrink it") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"{name} is damaged ({error}); save or download it again") from None


def fit(image: Image.Image, size: tuple[int, int] = SIZE) -> Pixels:
    """Shrink a photo into `size`, keep its shape, and fill the rest with its border's colour.

    Args:
        size: height and width in pixels.

    Returns:
        RGB values 0-255. Shape: (height, width, 3).
    """
    height, width = size
    scale = min(width / image.width, height / image.height)
    inner = (min(width, max(1, round(image.width * scale))), min(height, max(1, round(image.height * scale))))
    if image.size != inner:
        image = image.resize(inner, Image.Resampling.BICUBIC, reducing_gap=2.0)
    pixels = np.asarray(image, dtype=np.uint8)
    if inner == (width, height):
        return pixels
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = _border_colour(pixels)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = pixels
    return canvas


def made_png(image: Image.Image, by: str, *, composite: bool = False) -> bytes:
    """A PNG file of a picture that a network made, which says so to whoever opens it later.

    Args:
        by: what made it, such as `imagine-photos`.
        composite: it is a photograph, of which a part was made.
    """
    from importlib.metadata import version

    kind = "compositeWithTrainedAlgorithmicMedia" if composite else "trainedAlgorithmicMedia"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Software", f"Modiste {version('modiste')}")
    notes.add_text("Source", f"{'Partly made' if composite else 'Made'} by a neural network: {by}")
    notes.add_itxt("XML:com.adobe.xmp", _XMP.format(kind=kind))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=notes)
    return file.getvalue()


def image_hash(source: Path | bytes) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    return hashlib.sha256(_read(source, source.name if isinstance(source, Path) else "image")).hexdigest()


def _read(source: Path | bytes, name: str) -> bytes:
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except FileNotFoundError:
        raise ImageError(f"no image at {source!s}; check the path or the image column") from None
    except OSError as error:
        raise ImageError(f"{source!s} can't be read ({error.strerror}); give an image file") from None
    if not data:
        raise ImageError(f"{name} is empty; save or download it again")
    return data


def _check(opened: Image.Image, name: str) -> None:
    # A phone's MPO holds one picture and its previews.
    if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
        raise ImageError(f"{name} is animated ({opened.n_frames} frames); give a still picture")  # type: ignore[attr-defined]
    pixels = opened.width * opened.height
    if pixels > MAX_PIXELS:
        raise ImageError(f"{name} has {pixels / 1e6:.0f} megapixels, at most {MAX_PIXELS // 10**6} are read; shrink it")


def _upright_rgb(opened: Image.Image) -> Image.Image:
    image = ImageOps.exif_transpose(opened) if opened.getexif().get(0x0112, 1) != 1 else opened
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip instead of scaling
        return Image.fromarray((np.asarray(image) // 256).clip(0, 255).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")


def _border_colour(pixels: Pixels) -> NDArray[np.uint8]:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour: NDArray[np.uint8] = np.median(edge, axis=0).astype(np.uint8)
    return colour
