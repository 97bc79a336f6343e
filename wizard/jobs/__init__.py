"""Work in the background: QThread workers that drive child processes."""
