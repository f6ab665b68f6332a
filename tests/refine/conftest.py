"""What the lab's tests of refine share."""

from tests.lab.refine.conftest import encoder as encoder
