"""Course material: pictures of every page in every state, and day 4 as a page of its own."""
