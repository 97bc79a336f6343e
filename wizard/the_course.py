"""What the course says on its fourth day, as far as the program speaks of it."""

from __future__ import annotations

COURSE_DAY = 4
"""The day of the course that this is for."""
COURSE_ENVIRONMENT = "llm_50gun"
"""The conda environment that the course makes on its third day."""
COURSE_LINES = "import torch\nprint(torch.__version__)\nprint(torch.cuda.is_available())"
"""What a student types to see `True`."""
