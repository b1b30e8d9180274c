"""Values of fields: types, casting and what is generated."""
