"""Types of arrays and callbacks that many rooms share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB, 0-255. Shape: (..., height, width, 3)."""
Map = NDArray[np.uint8]
"""Indices in PARSING_CLASSES. Shape: (height, width)."""
Mask = NDArray[np.bool_]
"""Shape: (height, width)."""
Keypoints = NDArray[np.float32]
"""x, y and confidence of each joint, in the order of KEYPOINTS. Shape: (17, 3)."""
Vectors = NDArray[np.float32]
"""One row for each photo or text. Shape: (n, d)."""
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Progress = Callable[[int, int], None]
"""Called with the number of steps that are done, and of all."""
