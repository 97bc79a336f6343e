"""What should be typed, and why? Pure functions, no Qt."""
