"""Report types: what a stanza may say of one, and the tables that they become."""
