"""The pages of a call, by every way of paging, shared by those who ask the same. Knows no HTTP."""
