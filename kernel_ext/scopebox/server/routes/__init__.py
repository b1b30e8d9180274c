"""The routes that clients ask for besides items: who is who, what there is, and what the server is."""
