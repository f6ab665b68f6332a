"""`modiste models`: the weights that are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modiste.cli import output
from modiste.cli.options import Json

if TYPE_CHECKING:
    from modiste.weights import Weights


def models(as_json: Json = False) -> None:
    """List the weights that are here.

    What they were trained on, on which terms they may be used, and how good they are.
    """
    from modiste.weights import available

    rows = [_row(weights) for weights in available()]
    if as_json:
        output.emit(rows)
        return
    output.table([{key: row[key] for key in row if key != "licence"} for row in rows], right=("MiB", "products"))
    for row in rows:
        output.say(f"[bold]{row['name']}[/]: {output.escape(row['licence'])}")
    output.say("Each has a model card, README.md, in its folder; image models of the Hub go by hub:ORG/NAME.")


def _row(weights: Weights) -> dict[str, Any]:
    config = weights.config
    size = sum(file.stat().st_size for file in weights.folder.iterdir())
    return {
        "name": weights.name,
        "revision": weights.revision,
        "MiB": round(size / 2**20, 1),
        "trained on": ", ".join(config["trained_on"]),
        "products": f"{config['products']:,}",
        "licence": config.get("licence", ""),
        **{metric: round(value, 3) for metric, value in config.get("metrics", {}).items()},
    }
