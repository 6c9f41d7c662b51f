"""Answers every read operation that no module tells by hand, from the operations' models.

The rooms, each knowing only those below:

    answers         one call: what it names, its rows, its page
    batches         calls that hold many requests
    happenings      rows that are events of orders, where the world lives
    listing         the rows of a list: which there are, which were asked for
    pages           where a page begins and ends, and its token
    asked  bodies   what a request names, and whether its body may be as it is
    rules           what parameters need and exclude, and which periods are refused
    documents       a document that keeps a schema, every leaf of it
    standing        where rows and elements stand, and what they are about
    values          one leaf by name, type and format
    identities      which ids there are, and whose
    models          Amazon's models as `simulator/models` holds them

Oddities of single operations are data: `rows.toml` says where rows stand, `oddities.toml` all else.
"""
