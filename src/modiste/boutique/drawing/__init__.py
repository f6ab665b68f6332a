"""What every drawing is made with: curves, parts, materials, details and light."""
