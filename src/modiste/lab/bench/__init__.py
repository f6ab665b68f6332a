"""How fast each verb is on this machine, beside the floor that nothing can pass."""
