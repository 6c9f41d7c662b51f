"""Bytes as storage sends them → text in UTF-8: unzipped wherever they are gzip, the character set by evidence."""
