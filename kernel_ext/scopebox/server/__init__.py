"""HTTP: the endpoints of extensions and the items API, in process or served on loopback."""
