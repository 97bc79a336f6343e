"""One question each, each with a time limit; answers are merged by ``wizard.detection.survey``."""
