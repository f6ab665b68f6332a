"""`modiste models`: the weights that are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modiste.cli import output
from modiste.cli.options import Json

if TYPE_CHECKING:
    from modiste.weights import Weights

SHOWN = 2
"""Metrics of weights that are printed."""


def models(as_json: Json = False) -> None:
    """List the weights that are here.

    What they were trained on, on which terms they may be used, and how good they are.
    """
    from modiste.weights import available

    rows = [_row(weights) for weights in available()]
    if as_json:
        output.emit(rows)
        return
    table = []
    for row in rows:  # the first metrics; the model card has all, and --json everything
        first = list(row["metrics"].items())[:SHOWN]
        table.append(
            {
                **{key: row[key] for key in ("name", "revision", "domain")},
                "goes with": row["encoder"] or row["parser"],
                **{key: row[key] for key in ("MiB", "trained on")},
                "metrics": ", ".join(f"{name} {value:.3f}" for name, value in first),
            }
        )
    output.table(table, right=("MiB",))
    for row in rows:
        output.say(f"[bold]{row['name']}[/]: {output.escape(row['terms'])}")
    output.say("Each has a model card, README.md, in its folder; image models of the Hub go by hub:ORG/NAME.")


def _row(weights: Weights) -> dict[str, Any]:
    from modiste.weights import PHOTOGRAPHS

    config = weights.config
    size = sum(file.stat().st_size for file in weights.folder.iterdir())
    return {
        "name": weights.name,
        "revision": weights.revision,
        "domain": config.get("domain", PHOTOGRAPHS),
        "encoder": config.get("encoder", {}).get("name", ""),
        "parser": config.get("parser", ""),
        "MiB": round(size / 2**20, 1),
        "trained on": ", ".join(config["trained_on"]),
        "learnt from": _learnt_from(config),
        "terms": config.get("terms", ""),
        "metrics": {metric: round(value, 3) for metric, value in config.get("metrics", {}).items()},
    }


def _learnt_from(config: dict[str, Any]) -> str:
    """Amount of training data: products of a catalogue, outfits, or photos of people."""
    for kind in ("products", "outfits", "photos"):
        if kind in config:
            count = config[kind]
            return f"{sum(count.values()) if isinstance(count, dict) else count:,} {kind}"
    return ""
