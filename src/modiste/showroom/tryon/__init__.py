"""Try-on view."""
