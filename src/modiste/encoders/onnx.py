"""Networks in onnxruntime, which on a CPU takes less time for one photo than torch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from torch import nn

OPSET = 17


def export(
    network: nn.Module, arguments: tuple[Any, ...], inputs: Sequence[str], outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]], path: Path,
) -> None:  # fmt: skip
    """Write a network as a graph.

    Args:
        arguments: an example of its inputs.
        axes: for each input and output, the names of the axes whose length is free.
    """
    import torch

    with warnings.catch_warnings():  # the tracing exporter is deprecated, but the only one without onnxscript
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            arguments,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(free) for name, free in axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )


def open_session(path: Path, threads: int | None = None) -> InferenceSession:
    """Load a graph for the CPU.

    Args:
        threads: cores it may use; all of them by default.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # threads that spin while they wait take the cores from decoding and from the search that follows
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
