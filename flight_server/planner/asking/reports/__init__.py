"""Requests of reports: the periods that conditions come to, and the calls that ask for them."""
