"""What the tests of the encoder share, for those of its cached features."""

from tests.lab.encoder.conftest import run as run
from tests.lab.encoder.conftest import shapes as shapes
