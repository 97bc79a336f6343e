"""GPU Setup Wizard: from a beginner's PC to a PyTorch that really runs on its GPU."""

__version__ = "0.1.0"
