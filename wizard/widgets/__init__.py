"""The parts pages are made of: cards, copy box, check list, live plot, step rail."""
