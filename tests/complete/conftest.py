"""What the lab's tests of complete share."""

from tests.lab.complete.conftest import boutique as boutique
from tests.lab.complete.conftest import encoder as encoder
from tests.lab.complete.conftest import run as run
