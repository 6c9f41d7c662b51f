"""Statements that tell the session something, or ask the database about itself: SET, USE, SHOW, DESCRIBE."""
