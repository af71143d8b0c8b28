"""Language models behind one protocol: remote ones, the embedded offline assistant, and scripted ones for tests."""
