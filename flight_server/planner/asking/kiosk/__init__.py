"""Questions to Data Kiosk: the windows that conditions come to, and the texts of the queries."""
