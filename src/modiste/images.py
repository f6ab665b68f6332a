"""Checks and decoding of every photo that comes in; nothing else opens image files."""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin, UnidentifiedImageError

from modiste.errors import UsageError
from modiste.types import Pixels

MAX_PIXELS = 50_000_000
MAX_BYTES = 200 * 2**20
"""Largest file: `MAX_PIXELS` uncompressed, with transparency."""
MAX_SCANS = 50
"""Most scans of a JPEG; a progressive one has a dozen."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF", "HEIF")
"""Formats that are read, where Pillow has them; Pillow knows more, and runs programs for some of them. A JPEG may be a
phone's MPO, and HEIF needs the extra `heic`."""
SIZE = (128, 96)
"""Height and width at which encoders see a photo."""

_HEIC = "a HEIC photo"
_KINDS = {
    rb"(?s).{4}ftyp(?:hei|hev|mif1|msf1)": _HEIC,
    rb"\xff\x0a|\0\0\0\x0cJXL ": "a JPEG XL photo",
    rb"(?s).{4}ftypcrx|FUJIFILMCCD-RAW": "a camera's raw photo",
    rb"(?s).{4}ftyp(?!avi)|\x1aE\xdf\xa3": "a film",
    rb"II\*\0|MM\0\*": "a TIFF file of a rare kind",
    rb"%!PS|\xc5\xd0\xd3\xc6": "an EPS drawing",
    rb"%PDF": "a PDF file",
    rb"8BPS": "a Photoshop file",
    rb"PK\x03\x04": "a zip archive",
    rb"(?i)(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<svg": "an SVG drawing",
    rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)": "a web page",
}
"""Beginnings of files that may not be read, to what they are."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to the transpose that makes a photo upright."""

_JPEG, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
_JPEG_ROWS = 16
"""Rows that a JPEG decodes together."""
_JPEG_MARKER = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")
"""Beginning of a part of a JPEG."""

_MADE = "ade by a neural network: "
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"/></rdf:RDF></x:xmpmeta>'
)
"""IPTC's metadata of pictures that networks make."""

_COLOURS = Image.fromarray((np.indices((16, 16, 16)) * 17).astype(np.uint8).reshape(3, 64, 64).transpose(1, 2, 0))
"""Colours of the whole cube, on which a profile is compared with sRGB."""

# Pillow warns of notes in a file that it can't read. The photo is read without them, or refused with a reason.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class ImageError(UsageError):
    """A photo that can't be used; the message says why and what to do."""


def load_image(
    source: Path | bytes,
    *,
    at_least: tuple[int, int] | None = None,
    name: str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Decode one photo to 8 bits of sRGB, upright, transparency on white; of several pages the first.

    A JPEG of which no more than the last rows are missing is read; what is missing is grey.

    Args:
        source: a file or its bytes.
        at_least: height and width that the caller will shrink it to; a JPEG is then decoded at a
            smaller scale that is still larger than this, which is several times faster.
        name: what errors call it; by default the file's name.
        max_pixels: how large it may be.

    Raises:
        ImageError: missing, empty, cut off, not an image that is read, animated or too large.
    """
    name = name or (source.name if isinstance(source, Path) else "image")
    data = read_image(source, name)
    if data.startswith(_JPEG):
        data = data.rstrip(b"\0")  # a download that was broken off may have zeros where the rest should be
    with _opened(data, name, max_pixels) as opened:
        if at_least is not None:
            opened.draft("RGB", (at_least[1] * 3 // 2, at_least[0] * 3 // 2))
        try:
            opened.load()
        except OSError:
            if not _lacks_only_its_end(data):
                raise
            return load_image(data + _JPEG_END, at_least=at_least, name=name, max_pixels=max_pixels)
        return _upright_rgb(opened)


def check_image(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """Check the head of a photo without decoding its pixels.

    Raises:
        ImageError: empty, not an image that is read, animated or too large.
    """
    with _opened(read_image(data, name), name, max_pixels):
        pass


def load_mask(path: Path) -> Pixels:
    """The values of a mask or a map of classes, as they are in the file. Shape: (height, width).

    Raises:
        ImageError: it can't be read.
    """
    with _opened(read_image(path), path.name, MAX_PIXELS) as opened:
        return np.asarray(opened.convert("L"))


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
    canvas[:] = np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]), axis=0).astype(np.uint8)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = pixels
    return canvas


def made_png(image: Image.Image, by: str, *, composite: bool = False) -> bytes:
    """Bytes of a PNG file with the metadata of `save_made`."""
    file = io.BytesIO()
    save_made(image, file, by, composite=composite)
    return file.getvalue()


def save_made(image: Image.Image, target: Path | io.BytesIO, by: str, *, composite: bool = False) -> None:
    """Write a picture that a network made, with metadata that say so.

    They are text and XMP in PNG files, EXIF and XMP in JPEG and WebP files; other formats have none.

    Args:
        target: a file, whose ending gives its format, or memory, for PNG.
        by: name of the weights, such as `imagine-photos`.
        composite: it is a photograph, of which a part was made.
    """
    from importlib.metadata import version

    kind = "compositeWithTrainedAlgorithmicMedia" if composite else "trainedAlgorithmicMedia"
    xmp, software = _XMP.format(kind=kind), f"Modiste {version('modiste')}"
    source = f"{'Partly m' if composite else 'M'}{_MADE}{Path(by).name}"
    ending = target.suffix.lower() if isinstance(target, Path) else ".png"
    format = Image.registered_extensions()[ending]
    if format == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Software", software)
        notes.add_text("Source", source)
        notes.add_itxt("XML:com.adobe.xmp", xmp)
        image.save(target, format, pnginfo=notes)
    elif format in ("JPEG", "WEBP"):
        exif = Image.Exif()
        exif[ExifTags.Base.Software], exif[ExifTags.Base.ImageDescription] = software, source
        image.save(target, format, exif=exif, xmp=xmp.encode())
    else:
        image.save(target, format)


def made_by(data: bytes) -> str:
    """The network that made a picture, from its metadata; empty for others."""
    with _opened(data, "image", MAX_PIXELS) as opened:
        return str(opened.info.get("Source", "")).partition(_MADE)[2]


def image_hash(source: Path | bytes) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    return hashlib.sha256(read_image(source)).hexdigest()


def read_image(source: Path | bytes, name: str | None = None) -> bytes:
    """Read a photo's bytes, as they are.

    Raises:
        ImageError: missing, empty or larger than `MAX_BYTES`.
    """
    name = name or (source.name if isinstance(source, Path) else "image")
    try:
        if isinstance(source, bytes):
            data = source
        else:
            with source.open("rb") as file:
                # What has no size may be a pipe.
                data = file.read(min(os.fstat(file.fileno()).st_size or MAX_BYTES, MAX_BYTES) + 1)
    except FileNotFoundError:
        raise ImageError(f"no image at {source!s}; check the path") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{source!s} can't be read ({why}); give an image file") from None
    if not data:
        raise ImageError(f"{name} is empty; save or download it again")
    if len(data) > MAX_BYTES:
        raise ImageError(f"{name} is larger than {MAX_BYTES // 2**20} MiB; save it as a JPEG")
    return data


@contextmanager
def _opened(data: bytes, name: str, max_pixels: int) -> Iterator[Image.Image]:
    """Open a photo whose head was read and checked; any error inside becomes an ImageError."""
    most = f"{max_pixels / 1e6:g}"
    kind = next((kind for start, kind in _KINDS.items() if re.match(start, data)), "")
    try:
        if data.startswith(_JPEG) and _scans(data) > MAX_SCANS:
            raise ImageError(f"{name} has over {MAX_SCANS} scans, which take long to decode; save it again")
        with Image.open(io.BytesIO(data), formats=_formats(heif=kind == _HEIC)) as opened:
            # Of the formats read, TIFF and HEIC have pages, and a phone's MPO previews.
            if opened.format in ("GIF", "PNG", "WEBP", "AVIF") and getattr(opened, "is_animated", False):
                raise ImageError(f"{name} is animated; give a still picture")
            pixels = opened.width * opened.height
            if pixels > max_pixels:
                raise ImageError(f"{name} has {pixels / 1e6:.3g} megapixels, at most {most} are read; shrink it")
            yield opened
    except ImageError:
        raise
    except UnidentifiedImageError:
        what = f"is {kind}, which can't be read" if kind else "is not an image that can be read"
        how = "give a JPEG, PNG or WebP file"
        if kind == _HEIC:
            missing = "HEIF" not in _formats(heif=True)
            how = "save it as a JPEG file" + (', or run pip install "modiste[heic]"' if missing else "")
        raise ImageError(f"{name} {what}; {how}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"{name} has over {most} megapixels, which is too large; shrink it") from None
    except Exception as error:  # decoders that meet broken files raise whatever they come upon
        why = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name} is damaged ({why}); save or download it again") from None


@cache
def _formats(*, heif: bool) -> tuple[str, ...]:
    """Those of `FORMATS` that are installed; looking for HEIF takes a while."""
    Image.init()
    if heif:
        with suppress(ImportError):
            from pillow_heif import register_heif_opener

            register_heif_opener()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _scans(jpeg: bytes) -> int:
    """Number of scans of a JPEG. Each may take a few bytes, and a pass over all the pixels."""
    if (count := jpeg.count(_JPEG_SCAN)) <= MAX_SCANS:  # more may also be in a film behind the photo
        return count
    scans, position = 0, len(_JPEG)
    while (marker := _JPEG_MARKER.search(jpeg, position)) and marker[0] != _JPEG_END and scans <= MAX_SCANS:
        scans += marker[0] == _JPEG_SCAN
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])
    return scans


def _lacks_only_its_end(data: bytes) -> bool:
    """True for a JPEG that lacks a fiftieth of its rows at most, or its end's marker alone."""
    if not data.startswith(_JPEG) or data.endswith(_JPEG_END):
        return False
    cut = data.rstrip(b"\xff")
    # The two differ from the row on where bytes are missing.
    ended, filled = (
        Image.open(io.BytesIO(cut + filling + _JPEG_END), formats=("JPEG",)).convert("RGB")
        for filling in (b"", b"\x55" * 64)
    )
    differs = ImageChops.difference(ended, filled).getbbox()
    return differs is None or differs[1] >= 0.98 * ended.height - _JPEG_ROWS


def _upright_rgb(opened: Image.Image) -> Image.Image:
    """The photo in 8 bits of sRGB as screens show it, upright, on white."""
    image, alpha = _eight_bits(opened), None
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        image = image.convert("L" if image.mode in ("L", "LA", "La") else "RGB")
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    profile = opened.info.get("icc_profile")
    transform = _to_srgb(profile, image.mode) if profile or image.mode == "LAB" else None
    image = transform.apply(image) if transform else image.convert("RGB")
    if alpha is not None:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    orientation = 1
    with suppress(Exception):  # a camera's metadata that can't be read are ignored
        orientation = int(opened.getexif().get(0x0112, 1))
    if (turn := _TURNS.get(orientation)) is not None:
        image = image.transpose(turn)
    image.info = {}  # else its profile would be written, and applied, once more
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale a photo of 16 or 32 bits or of floating-point numbers to 8 bits, which Pillow would clip."""
    if image.mode != "F" and not image.mode.startswith("I"):
        return image
    values = np.asarray(image)
    if image.mode == "I":
        values = values.astype(np.uint32)  # Pillow takes them for signed
    values = values.astype(np.float32)
    values[~np.isfinite(values)] = 0
    # Files don't hold their white; a fiftieth of the photo may be brighter.
    white = 65535 if image.mode.startswith("I;") else float(np.percentile(values.flat[:: values.size // 2**16 + 1], 98))
    white = next((max(white, usual) for usual in (1, 255, 65535) if white <= 1.5 * usual), white)
    return Image.fromarray((values.clip(0, white) * (255 / white)).round().astype(np.uint8))


@lru_cache(maxsize=16)
def _to_srgb(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Transform from a profile to sRGB; None where it can't be used, or is sRGB itself."""
    try:
        transform = ImageCms.ImageCmsTransform(
            ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB") if mode == "LAB" else io.BytesIO(profile or b"")),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if mode == "RGB":
            shift = np.asarray(transform.apply(_COLOURS), np.int16) - np.asarray(_COLOURS, np.int16)
            return transform if np.abs(shift).max() > 2 else None
        return transform
    except Exception:  # profiles are foreign bytes too
        return None
