"""What the lab's tests of the encoder share."""

from tests.lab.encoder.conftest import run as run
from tests.lab.encoder.conftest import shapes as shapes
