"""What is this computer? Imports no Qt."""
