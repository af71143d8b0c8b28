"""Who may do what: rules are data, in one file that an admin writes."""
