"""What came back, in the form that the rest reads, or a sentence about what is wrong with it."""
