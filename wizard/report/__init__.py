"""What was found, in a form to hand on."""
