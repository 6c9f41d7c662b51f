"""Data Kiosk 2023-11-15: queries in GraphQL, how they go on, and the lines that their documents hold.

The rooms, each knowing only those below:

    operations      the API's operations, one function each
    desk            the queries of one account, and where each stands now
    standing        the queries that nobody here asked for
    documents       the lines of a document: the query executed over its rows
    rows            the rows of each query field, taken from the story
    endings         what Amazon takes and finds wrong later
    questions       what a query asks for, and which of it is refused at once
    query           what one query is
    datasets        the schemas of `schemas/`

Marketplaces, the calendar, and how sales are counted are those of the reports. Sources: the fact table of Data Kiosk,
section 4 of that of report documents, the model of Data Kiosk 2023-11-15. What none of them tells is an assumption,
and said to be one where it is made.
"""
