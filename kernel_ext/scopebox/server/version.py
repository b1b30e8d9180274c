"""The Directus that is answered as."""

from typing import Final

DIRECTUS: Final = "11.17.4"
