"""One file a page, in the order the user meets them."""
