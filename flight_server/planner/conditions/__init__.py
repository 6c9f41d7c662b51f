"""What a query's conditions leave possible for each column of each table. Knows nothing of what Amazon takes."""
