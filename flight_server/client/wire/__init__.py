"""One request to bytes and one answer to bytes: the only importer of the HTTP library."""
