"""Who asks, and with which parameters: sessions, profiles, settings, hosts. Knows no Flight and no SQL."""
