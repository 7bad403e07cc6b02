"""Records and answers as text and octets that other programs read."""
