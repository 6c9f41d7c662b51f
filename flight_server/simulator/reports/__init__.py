"""The Reports API 2021-06-30: who may ask for which report, how it goes on, and what its document says.

The rooms, each knowing only those below:

    operations      the API's operations, one function each
    desk            the reports and schedules of one account, and where each stands now
    endings         what becomes of a report: its document, no data, too soon, or what Amazon did not like
    requests        what a call asks for, and which of it is refused at once
    documents       rows as the bytes of a document: separators, quotes, charsets, languages, compression
    rows            the rows of each type, taken from the story
    report          what one report is
    types           every type with its rules and columns, as `types.json` holds them
    places          marketplaces as reports know them

`reading` makes `types.json` of a fact table; nothing else uses it.
"""
