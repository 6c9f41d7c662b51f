"""Login with Amazon and restricted data tokens: fetched once, shared, renewed before they expire."""
