"""What posts are written in, whether they ask something, and what they are about."""
