"""Why PyTorch does not see the GPU: causes as data, found in evidence and in pasted text; no Qt."""
