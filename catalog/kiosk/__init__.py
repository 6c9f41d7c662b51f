"""Data Kiosk: datasets that are asked by GraphQL, and the tables that their query fields become."""
