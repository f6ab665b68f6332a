"""Drawn people in the boutique's products, with their parsing maps and joints."""
