"""What Baton remembers: PostgreSQL tables, each with its type, its moves and its SQL in one file."""
