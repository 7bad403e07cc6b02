"""The page: an HTTP API over the questions of `query`, and the built front end."""
