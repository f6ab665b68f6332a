"""What an answer of try-on is worth: the metrics of scoring.py, put to a case and an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.encoders.pipeline import TrainedEncoder
from modiste.images import SIZE
from modiste.lab.measures import frechet_distance, kernel_distance
from modiste.lab.tryon import metrics as scoring
from modiste.lab.tryon.cases import Case
from modiste.parsing import Parser
from modiste.tryon.model import Dressed
from modiste.tryon.scene import BARE, covers
from modiste.types import Map, Mask, Pixels

Metrics = dict[str, float]


@dataclass(frozen=True)
class Score:
    """What was measured of one answer."""

    metrics: Metrics
    vector: NDArray[np.float32] | None
    """The picture's features, of swaps between strangers alone. Shape: (d,)."""


class Judge:
    """Looks at answers: an encoder for how they look, and the parser for what is worn on them."""

    def __init__(self, encoder: TrainedEncoder, parser: Parser | None) -> None:
        self.encoder, self.parser = encoder, parser

    def maps(self, pixels: Pixels) -> dict[str, NDArray[np.float32]]:
        """Feature maps of a picture at its own size, in tiles of the encoder's size.

        Shape: (256, 192, 3) to (c, 32, 24) and (c, 16, 12).
        """
        rows, columns = pixels.shape[0] // SIZE[0], pixels.shape[1] // SIZE[1]
        tiles = pixels.reshape(rows, SIZE[0], columns, SIZE[1], 3).swapaxes(1, 2).reshape(-1, *SIZE, 3)
        found = self.encoder.maps(np.ascontiguousarray(tiles))
        return {depth: _joined(found[depth], rows, columns) for depth in scoring.DEPTHS}

    def vectors(self, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Features of whole pictures. Shape: (n, d)."""
        small = [Image.fromarray(pixels).resize(SIZE[::-1], Image.Resampling.BICUBIC) for pixels in pictures]
        return self.encoder.encode_images(np.stack([np.asarray(one) for one in small]))

    def worn(self, dressed: Dressed) -> Map:
        """The map of an answer: what the parser sees in it, or without one what it says of itself."""
        return dressed.map if self.parser is None else self.parser.parse(dressed.pixels[None])[0].map


def score(case: Case, dressed: Dressed, judge: Judge) -> Score:
    """All that can be said of one answer."""
    query, kind = case.query.scene, case.request.kind
    metrics: Metrics = {"untouched": float(scoring.untouched(dressed.pixels, query.pixels, dressed.changed))}
    if kind == "self":
        mask = np.any([query.mask(region) for region in case.garments], 0)
        return Score(metrics | (_own(dressed, query.pixels, mask, judge) if mask.any() else {}), None)
    metrics |= _likeness(case, dressed)
    if case.truth is not None:
        metrics |= _against(case, dressed, judge)
    if kind == "sleeve":
        after = judge.worn(dressed)
        metrics["sleeve"] = float(scoring.shortened(query.map, after, query.keypoints))
    if dressed.gain is not None:
        metrics["refined_gain"] = dressed.gain
    return Score(metrics, judge.vectors([dressed.pixels])[0] if kind == "swap" else None)


def summary(scores: Sequence[Score], real: NDArray[np.float32] | None) -> Metrics:
    """The mean of each metric over the answers that have it, and how far the swaps are from real photos."""
    found = means([score.metrics for score in scores])
    vectors = [score.vector for score in scores if score.vector is not None]
    if real is not None and min(len(vectors), len(real)) >= 2:
        found |= means([{"fd": frechet_distance(vectors, real), "kid": kernel_distance(vectors, real)}])
    return found


def silhouette_iou(first: Dressed, last: Dressed, parser: Parser) -> float:
    """IoU of all that the parser sees a person wear before and after refinement, whichever garments it takes it for."""
    one, other = (~covers(parsed.map, BARE) for parsed in parser.parse(np.stack([first.pixels, last.pixels])))
    return float(scoring.iou(one, other))


def _likeness(case: Case, dressed: Dressed) -> Metrics:
    """How far the rendered garments are the references'."""
    scene = replace(case.query.scene, map=dressed.map)
    pairs = [
        (dressed.pixels, scene.mask(region), theirs.pixels, theirs.mask(region))
        for region, theirs in case.scenes.items()
    ]
    return {
        "garment_deltaE": float(np.mean([scoring.garment_delta_e(*pair) for pair in pairs])),
        "texture": float(np.mean([scoring.texture(*pair) for pair in pairs])),
    }


def _against(case: Case, dressed: Dressed, judge: Judge) -> Metrics:
    """How near an answer is to the truth, over the whole picture and where query and truth differ."""
    truth = case.truth
    assert truth is not None
    alike = scoring.ssim_map(dressed.pixels, truth.pixels)
    ours, true = judge.maps(dressed.pixels), judge.maps(truth.pixels)
    overlap = scoring.map_iou(dressed.map, truth.map, case.garments)
    return {
        "ssim": float(alike.mean()),
        "psnr": scoring.psnr(dressed.pixels, truth.pixels),
        "perceptual": scoring.feature_distance(ours, true),
        **({} if overlap is None else {"map_iou": overlap}),
        "ssim_inside": float(alike[truth.zone].mean()),
        "psnr_inside": scoring.psnr(dressed.pixels, truth.pixels, truth.zone),
        "perceptual_inside": scoring.feature_distance(ours, true, truth.zone),
    }


def _own(dressed: Dressed, photo: Pixels, mask: Mask, judge: Judge) -> Metrics:
    """How near a garment is to itself, put on again."""
    alike = scoring.ssim_map(dressed.pixels, photo)
    apart = scoring.feature_distance(judge.maps(dressed.pixels), judge.maps(photo), mask)
    return {"self_ssim": float(alike[mask].mean()), "self_perceptual": apart}


def _joined(tiles: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    depth, height, width = tiles.shape[1:]
    grid = tiles.reshape(rows, columns, depth, height, width).transpose(2, 0, 3, 1, 4)
    return grid.reshape(depth, rows * height, columns * width)


def means(metrics: Sequence[Mapping[str, float]]) -> Metrics:
    """The mean of each metric over those that have it, to six digits."""
    names = dict.fromkeys(name for one in metrics for name in one)
    found = {name: float(np.mean([one[name] for one in metrics if name in one])) for name in names}
    return {name: float(f"{value:.6g}") for name, value in found.items()}
