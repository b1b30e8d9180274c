# /// sandbox
# permissions = [
#   { permission = "read-items", role = "editor", reason = "to find out which slugs are taken" },
# ]
# ///
"""Makes a slug of the title for every article that has none, and numbers it if it is taken."""

import re


def slugged(title):
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


async def taken(slug):
    query = {"filter": {"slug": {"_starts_with": slug}}, "fields": ["slug"], "limit": -1}
    return {row["slug"] for row in await exec("read-items", "articles", {"query": query})}


async def fill(payload):
    if payload.get("slug"):
        return payload
    slug = slugged(payload["title"])
    if not slug:
        raise ValueError("This title makes no slug")
    others = await taken(slug)
    if slug in others:
        number = 2
        while f"{slug}-{number}" in others:
            number += 1
        await exec("log", f"{slug} is taken, so it becomes {slug}-{number}")
        slug = f"{slug}-{number}"
    return payload | {"slug": slug}


await exec("register-filter", {"event": "articles.items.create", "handler": fill})
