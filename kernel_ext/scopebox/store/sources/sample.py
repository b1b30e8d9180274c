"""The sample blog: authors, articles, categories, comments and labels, and the roles editor, writer and reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scopebox.store.access import Access
from scopebox.store.schema.schema import Collection, Field, Relation, Schema
from scopebox.store.sources.item_sources import Listed
from scopebox.store.sources.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

Item = dict[str, object]

EDITOR: Final = "8f1d6c1e-52a0-4b5a-9c1e-0d6a3b7c1a01"
WRITER: Final = "8f1d6c1e-52a0-4b5a-9c1e-0d6a3b7c1a02"
READER: Final = "8f1d6c1e-52a0-4b5a-9c1e-0d6a3b7c1a03"
_USERS: Final = {"editor": EDITOR, "writer": WRITER, "reader": READER}
_FIRST_DAY: Final = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)

_AUTHORS: Final = (
    ("Mina Okafor", "mina@blog.example", "NG", "2021-03-01", "Edits the database column and never trusts an average."),
    ("Jonas Wieland", "jonas@blog.example", "DE", "2021-09-15", "Writes about the web, mostly from trains."),
    ("Priya Raman", "priya@blog.example", "IN", "2022-02-10", "Data engineer; collects odd calendars."),
    (
        "Élodie Marchand",
        "elodie@blog.example",
        "FR",
        "2022-06-30",
        "Typography, Unicode, and everything with an accent.",
    ),
    ("Sam Whitaker", "sam@blog.example", "US", "2023-01-20", "Keeps other people's code in small boxes."),
    ("Yuki Tanaka", None, "JP", "2023-11-05", "Guest author. Draws the diagrams, too."),
)
_CATEGORIES: Final = (
    ("Data", "data", None), ("Web", "web", None), ("Security", "security", None), ("Writing", "writing", None),
    ("Databases", "databases", 1), ("Notebooks", "notebooks", 1), ("Front end", "front-end", 2), ("Unicode", "unicode", 4),
)  # fmt: skip
_LABELS: Final = (
    ("beginner", "#2ecda7"), ("deep dive", "#6644ff"), ("opinion", "#ffa439"), ("how-to", "#3399ff"), ("history", "#a2b5cd"),
    ("performance", "#e35169"), ("open source", "#18222f"), ("interview", "#ffc23b"),
)  # fmt: skip
_SUBJECTS: Final = (
    ("window functions", 5), ("columnar storage", 5), ("notebooks", 6), ("webhooks", 2), ("schema migrations", 5),
    ("feature flags", 2), ("sandboxes", 3), ("access policies", 3), ("static sites", 7), ("full-text search", 1),
    ("time zones", 1), ("Unicode", 8),
)  # fmt: skip
_TITLES: Final = (
    "Getting started with {}", "What nobody tells you about {}", "One year of {} in production",
    "A short history of {}", "Ten questions about {}, answered",
)  # fmt: skip
_OPENINGS: Final = (
    "Last spring a colleague asked me about {}, and I had no good answer.",
    "Everybody has an opinion about {}. Here are some measurements.",
    "This is the article about {} that I would have liked to read two years ago.",
    "Most introductions to {} begin with a definition. We begin with a mistake.",
)
_REMARKS: Final = (
    "Thank you, this cleared up a lot.", "I read it twice and still disagree with the third paragraph.",
    "Does this also hold for large tables?", "Saved me an afternoon!", "The diagram alone was worth it.",
    "Could you share the numbers behind the chart?", "Small typo in the second listing.",
)  # fmt: skip
_READERS: Final = ("Anouk", "Bram", "Chidi", "Dana", "Eero", "Farah", None)


def blog() -> Project:
    """Return the sample blog: about sixty articles, and whatever belongs to them."""
    items: dict[str, list[Item]] = {
        "authors": [_author(at + 1, row) for at, row in enumerate(_AUTHORS)],
        "categories": [
            {"id": at + 1, "name": name, "slug": slug, "parent": parent, "position": at + 1}
            for at, (name, slug, parent) in enumerate(_CATEGORIES)
        ],
        "labels": [{"id": at + 1, "name": name, "color": color} for at, (name, color) in enumerate(_LABELS)],
        "articles": [_article(number) for number in range(1, len(_SUBJECTS) * len(_TITLES))] + [_lost_article()],
    }
    keys = [int(str(article["id"])) for article in items["articles"]]
    items["comments"] = [_comment(number, keys) for number in range(1, 91)]
    items["articles_labels"] = [
        {"id": 2 * at + part + 1, "articles_id": key, "labels_id": (key * (part + 2) + part) % len(_LABELS) + 1}
        for at, key in enumerate(keys)
        for part in range(2)
    ]
    return Project(_schema(), {name: Listed(rows) for name, rows in items.items()}, Access.read(_access()))


SAMPLES: Final[dict[str, Callable[[], Project]]] = {"blog": blog}
"""The samples by name."""


def _author(key: int, row: tuple[str, str | None, str, str, str]) -> Item:
    name, email, country, joined, bio = row
    return {
        "id": key,
        "name": name,
        "email": email,
        "country": country,
        "joined": joined,
        "bio": bio,
        "active": email is not None,
    }


def _article(number: int) -> Item:
    subject, category = _SUBJECTS[number % len(_SUBJECTS)]
    title = _TITLES[number % len(_TITLES)].format(subject)
    day = _FIRST_DAY + timedelta(days=9 * number, hours=number % 5)
    status = "draft" if number > 52 else "archived" if number % 17 == 0 else "published"  # noqa: PLR2004
    return {
        "id": number,
        "status": status,
        "title": title,
        "slug": f"{title.lower().replace(' ', '-').replace(',', '')}-{number}",
        "body": f"{_OPENINGS[number % len(_OPENINGS)].format(subject)} The rest is told in {3 + number % 6} parts.",
        "views": 0 if status == "draft" else (number * 7919) % 4800,
        "rating": None if status == "draft" else round(2.5 + (number * 37 % 26) / 10, 1),
        "price": "4.90" if number % 10 == 0 else "0.00",
        "featured": number % 12 == 0,
        "date_published": day.isoformat(),
        "date_created": (day - timedelta(days=12)).isoformat(),
        "tags": [subject.split()[0].lower(), "english"] if number % 3 else [subject.split()[0].lower()],
        "meta": {"minutes": 3 + number % 9, "sources": number % 4},
        "owner": (EDITOR, WRITER, WRITER)[number % 3],
        "author": None if number % 19 == 0 else number % len(_AUTHORS) + 1,
        "category": category,
    }


def _lost_article() -> Item:
    """The article that every tutorial deletes."""
    title = "Article not found, and other short stories"
    return {**_article(60), "id": 404, "title": title, "slug": "article-not-found", "status": "archived", "category": 4}


def _comment(number: int, articles: list[int]) -> Item:
    moment = _FIRST_DAY + timedelta(days=6 * number, minutes=37 * number % 720)
    return {
        "id": number,
        "text": _REMARKS[number % len(_REMARKS)],
        "name": _READERS[number * 3 % len(_READERS)],
        "likes": number * 13 % 29,
        "approved": number % 5 != 0,
        "date_created": moment.isoformat(),
        "article": articles[number * 31 % 52],
    }


def _schema() -> Schema:
    key = Field("id", "integer", primary_key=True, auto_increment=True, nullable=False)
    collections = (
        _collection(
            "authors", key, Field("name", "string", nullable=False), Field("email", "string", unique=True),
            Field("country", "string", max_length=2), Field("joined", "date"), Field("bio", "text"),
            Field("active", "boolean", default=True), Field("articles", "alias", kind="o2m"),
        ),
        _collection(
            "categories", key, Field("name", "string", nullable=False), Field("slug", "string", unique=True),
            Field("position", "integer", default=0), Field("parent", "integer", kind="m2o"), Field("children", "alias", kind="o2m"),
            Field("articles", "alias", kind="o2m"),
        ),
        _collection(
            "articles", key, Field("status", "string", nullable=False, default="draft"),
            Field("title", "string", nullable=False, max_length=255, note="the only field that is required"),
            Field("slug", "string", unique=True), Field("body", "text"), Field("views", "integer", default=0),
            Field("rating", "float"), Field("price", "decimal", precision=8, scale=2), Field("featured", "boolean", default=False),
            Field("date_published", "dateTime"), Field("date_created", "timestamp", special=("date-created",)),
            Field("tags", "csv", special=("cast-csv",)), Field("meta", "json", special=("cast-json",)), Field("owner", "uuid"),
            Field("author", "integer", kind="m2o"), Field("category", "integer", kind="m2o"), Field("comments", "alias", kind="o2m"),
            Field("labels", "alias", kind="m2m"),
        ),
        _collection(
            "comments", key, Field("text", "text", nullable=False), Field("name", "string"), Field("likes", "integer", default=0),
            Field("approved", "boolean", nullable=False, default=False), Field("date_created", "timestamp"),
            Field("article", "integer", kind="m2o"),
        ),
        _collection(
            "labels", key, Field("name", "string", nullable=False), Field("color", "string"), Field("articles", "alias", kind="m2m")
        ),
        _collection(
            "articles_labels", key, Field("articles_id", "integer", kind="m2o"), Field("labels_id", "integer", kind="m2o")
        ),
    )  # fmt: skip
    return Schema({collection.name: collection for collection in collections}, _relations())


def _collection(name: str, *fields: Field) -> Collection:
    return Collection(name, {field.name: field for field in fields}, tracking=name in {"articles", "authors"})


def _relations() -> tuple[Relation, ...]:
    return (
        Relation("categories", "parent", "categories", "children"),
        Relation("articles", "author", "authors", "articles"),
        Relation("articles", "category", "categories", "articles"),
        Relation("comments", "article", "articles", "comments", on_delete="CASCADE"),
        Relation("articles_labels", "articles_id", "articles", "labels", "labels_id", "CASCADE"),
        Relation("articles_labels", "labels_id", "labels", "articles", "articles_id", "CASCADE"),
    )


def _access() -> Item:
    everything = ["*"]
    published: Item = {"status": {"_eq": "published"}}
    approved: Item = {"approved": {"_eq": True}}
    own: Item = {"owner": {"_eq": "$CURRENT_USER"}}
    names = ["id", "name", "country", "bio", "articles"]
    shared = [
        _allow("categories", "read", everything), _allow("labels", "read", everything),
        _allow("articles_labels", "read", everything),
    ]  # fmt: skip
    editor = [_allow(name, action, everything) for name in ("articles", "comments", "labels", "articles_labels", "categories")
              for action in ("create", "read", "update", "delete")]  # fmt: skip
    writer = [
        _allow("articles", "read", everything), _allow("articles", "update", everything, own), _allow("articles", "delete", [], own),
        _allow("articles", "create", everything, presets={"owner": "$CURRENT_USER", "status": "draft"},
               validation={"status": {"_in": ["draft", "published"]}}),
        _allow("comments", "read", everything), _allow("authors", "read", names), *shared,
    ]  # fmt: skip
    reader = [
        _allow("articles", "read", ["id", "title", "slug", "status", "body", "date_published", "rating", "tags", "author",
                                    "category", "comments", "labels"], published),
        _allow("comments", "read", ["id", "text", "name", "date_created", "article"], approved),
        _allow("comments", "create", ["text", "name", "article"], validation={"text": {"_nempty": True}}),
        _allow("authors", "read", names), *shared,
    ]  # fmt: skip
    policies = {"editor": [*editor, _allow("authors", "read", everything)], "writer": writer, "reader": reader}
    return {
        "policies": {name: {"permissions": permissions} for name, permissions in policies.items()},
        "roles": {name: {"policies": [name]} for name in policies},
        "users": {
            "admin": {"admin": True, **_login("admin")},
            **{name: {"id": key, "role": name, **_login(name)} for name, key in _USERS.items()},
        },
    }


def _login(name: str) -> Item:
    """Return the token, the address and the password of a user: for trying, as everything of the sample."""
    return {"token": f"{name}-token", "email": f"{name}@blog.example", "password": f"{name}-password"}


def _allow(collection: str, action: str, fields: list[str], rule: Item | None = None, **more: Item) -> Item:
    return {"collection": collection, "action": action, "fields": fields, "permissions": rule, **more}
