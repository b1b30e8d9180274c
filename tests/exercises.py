"""The exercises of the course, solved and almost solved: what a check is given, in Python and in JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE, language_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.languages import Language

    from tests.notebook_runner import Notebook

# Solutions in the language that the notebook does not use: the first line of each is that of the cell, as a comment.
FOLDER: Final = Path(__file__).parent / "data" / "exercises"

Slips = tuple[tuple[str, str, str], ...]
# What learners get wrong: a piece of the solution, what stands in its place, and what the check has to say to that.
IN_PYTHON: Final[dict[str, Slips]] = {
    "01-permissions": (
        (", optional = true", "", "Make it optional = true"),
        ("except PermissionError:", "except ValueError:", "did it end with an error?"),
        ('await exec("log", "welcome to the blog")\n', "", 'nothing with "welcome" was logged'),
        ('"welcome to the blog"', '"Welcome"', "it logged 'Welcome'"),
    ),
    "02-items-and-roles": (
        ('"sort": ["-rating"]', '"sort": ["rating"]', "Sort descending"),
        ('    "filter": {"author": {"_nnull": True}},\n', "", "an article without an author is among them"),
        ('"author.name"', '"author"', "the author has to be"),
        ('role = "reader"', 'role = "editor"', "under the role reader"),
    ),
    "03-the-panel": (
        (
            '#   { permission = "create-items"',
            '#   { permission = "read-items", role = "admin" },\n#   { permission = "create-items"',
            "still asks for read-items",
        ),
        ("https://weather.example/*", "https://*", "something could still be less"),
        ('{"name": sky}', '{"name": "sun"}', "the operation has to store a label"),
    ),
    "04-hooks": (
        ('.strip("-")', "", "it makes 'sand-gravel-'"),
        ("articles.items.create", "article.items.create", "no filter listens to articles.items.create"),
        ('payload | {"slug": made}', '{"slug": made}', "the rest of the item got lost"),
        ('return payload | {"slug": made}', 'payload | {"slug": made}', "the filter returned nothing"),
        (
            'payload.get("slug")',
            'payload["slug"]',
            "your extension ended with an error when it was tried: KeyError: 'slug' (line 5)",
        ),
        ("    if not made:\n        raise", "    if False:\n        raise", "it came to: nothing"),
    ),
    "05-endpoints": (
        ("except ValueError:", "except KeyError:", "the body no json has to be answered with 400"),
        ("201, ", "200, ", "has to be answered with 201"),
        ('{"id": keys[0]}', '{"id": keys}', "the id has to be the key of the new comment"),
    ),
    "06-operations-and-chains": (
        ("bool(keys)", "True", "for an id that no article has"),
        ('if payload.get("status") == "published":', "if True:", "a change of something else is logged as well"),
        ("articles.items.update", "articles.items.create", "Register an action"),
    ),
    "07-requests": (
        ("https://translate.example/v1/translate", "https://translate.example/*", "One URL is needed"),
        ("{{secret.TRANSLATE_KEY}}", "secret", "the header X-Key"),
        ("if error.status == 503:", "if True:", "when the service answers 401"),
        (', methods = ["POST"]', "", "One method is needed"),
    ),
    "08-the-api-style": (
        (" --type endpoint", "", "Add --type endpoint"),
        ("# log = {}\n", "", "log needs its scope"),
        ('answer["data"]["celsius"]', 'answer["celsius"]', "is answered with 500"),
        ("        log(", '        await exec("log", ', "there still is a call of exec"),
        ('/weather"] }', '/*"] }', "It was https://api.example.com/weather"),
    ),
    "09-from-notebook-to-extension": (
        ("log(f", "print(f", "print goes to the notebook alone"),
        ("sum(numbers) / len(numbers)", "sum(numbers)", 'the answer has to be {"mean": 9}'),
        ('@router.get("/")', '@router.get("/lucky")', "is answered with 404"),
    ),
    "10-your-own-project": (
        ("days > data", "days >= data", "A loan of exactly 7 days is not overdue"),
        ('        "sort": ["taken"],\n', '        "sort": ["-taken"],\n', "the longest comes first"),
        ('        "filter": {"returned": {"_null": True}},\n', "", "are listed"),
    ),
    "11-in-javascript-and-typescript": (
        ("# optional = true\n", "", "Make it optional = true"),
        ('"-date_published"', '"date_published"', "the newest first"),
        ("except PermissionError as refusal:", "except Exception as refusal:", "when the service answers 503"),
        ('{"text": ", ".join(titles)}', "titles", "the text has to hold all three titles"),
    ),
    "12-before-you-install-an-extension": (
        ("https://weather.example/v1/*", "https://*", "One URL is needed"),
        (', methods = ["GET"]', "", "One method is needed"),
        ('.get("unit", "c")', '["unit"]', "your extension ended with an error when it was tried"),
        ("# ]\n", '#   { permission = "sleep" },\n# ]\n', "never uses"),
    ),
}
IN_JAVASCRIPT: Final[dict[str, Slips]] = {
    "01-permissions": (
        (", optional = true", "", "Make it optional = true"),
        ("'denied'", "'undeclared'", "did it end with an error?"),
        ("await exec('log', 'welcome to the blog');\n", "", 'nothing with "welcome" was logged'),
    ),
    "02-items-and-roles": (
        ("sort: ['-rating']", "sort: ['rating']", "Sort descending"),
        ("        filter: { author: { _nnull: true } },\n", "", "an article without an author is among them"),
        ("'author.name'", "'author'", "the author has to be"),
        ('role = "reader"', 'role = "editor"', "under the role reader"),
    ),
    "03-the-panel": (
        (
            '//   { permission = "create-items"',
            '//   { permission = "read-items", role = "admin" },\n//   { permission = "create-items"',
            "still asks for read-items",
        ),
        ("https://weather.example/*", "https://*", "something could still be less"),
        ("[{ name }]", "[{ name: 'sun' }]", "the operation has to store a label"),
    ),
    "04-hooks": (
        (".replace(/^-|-$/g, '')", "", "it makes 'sand-gravel-'"),
        ("articles.items.create", "article.items.create", "no filter listens to articles.items.create"),
        ("payload.slug", "payload.slug.length", "your extension ended with an error when it was tried"),
        ("if (!made) throw", "if (false) throw", "it came to: nothing"),
    ),
    "05-endpoints": (
        ("return null;", "throw new Error('no JSON');", "the body no json has to be answered with 400"),
        ("status: 201", "status: 200", "has to be answered with 201"),
        ("const [id] =", "const id =", "the id has to be the key of the new comment"),
    ),
    "06-operations-and-chains": (
        ("keys.length > 0", "true", "for an id that no article has"),
        (
            "    if (payload.status !== 'published') return;\n",
            "",
            "a change of something else is logged as well",
        ),
        ("articles.items.update", "articles.items.create", "Register an action"),
    ),
    "07-requests": (
        ("https://translate.example/v1/translate", "https://translate.example/*", "One URL is needed"),
        ("{{secret.TRANSLATE_KEY}}", "secret", "the header X-Key"),
        ("if (error.status === 503) return", "return", "when the service answers 401"),
        (', methods = ["POST"]', "", "One method is needed"),
    ),
    "08-the-api-style": (
        (" --type endpoint", "", "Add --type endpoint"),
        ("// log = {}\n", "", "log needs its scope"),
        ("answer.data.celsius", "answer.celsius", "the answer has to be"),
        ("        log(", "        await exec('log', ", "there still is a call of exec"),
        ('/weather"] }', '/*"] }', "It was https://api.example.com/weather"),
    ),
    "09-from-notebook-to-extension": (
        ("        log(", "        console.log(", "the notebook alone"),
        (" / numbers.length", "", 'the answer has to be {"mean": 9}'),
    ),
    "10-your-own-project": (
        ("row.days > days", "row.days >= days", "A loan of exactly 7 days is not overdue"),
        ("sort: ['taken']", "sort: ['-taken']", "the longest comes first"),
        ("            filter: { returned: { _null: true } },\n", "", "are listed"),
    ),
    "11-in-javascript-and-typescript": (
        ("// optional = true\n", "", "Make it optional = true"),
        ("'-date_published'", "'date_published'", "the newest first"),
        ("if (error.reason === 'denied') return", "return", "when the service answers 503"),
        ("{ text: titles.join(', ') }", "titles", "the text has to hold all three titles"),
    ),
    "12-before-you-install-an-extension": (
        ("https://weather.example/v1/*", "https://*", "One URL is needed"),
        (', methods = ["GET"]', "", "One method is needed"),
        ("{ sky, degrees };", "{ sky };", "the result has to be"),
        ("// ]\n", '//   { permission = "sleep" },\n// ]\n', "never uses"),
    ),
}


@dataclass(frozen=True)
class Attempt:
    """What somebody may write for an exercise. ``advice`` is what the check has to say to it; it is empty for a solution."""

    language: Language
    source: str
    advice: str


def attempts(notebook: Notebook) -> list[Attempt]:
    """In each language first what is almost right, then what is right; nothing for a notebook without an exercise."""
    name = notebook.path.stem
    solutions = [exercise.solution for exercise in notebook.exercises]
    return [
        attempt
        for solution in solutions
        for language, source in ((solution.language, solution.code), _elsewhere(name))
        for attempt in _of(name, language, source)
    ]


def _elsewhere(name: str) -> tuple[Language, str]:
    """The solution that the notebook does not show."""
    (path,) = FOLDER.glob(f"{name}.*")
    language = language_of_file(path.name)
    return language, path.read_text("utf-8").removeprefix(f"{language.comment} ").rstrip()


def _of(name: str, language: Language, source: str) -> Iterator[Attempt]:
    for old, new, advice in (IN_PYTHON if language is DEFAULT_LANGUAGE else IN_JAVASCRIPT)[name]:
        assert old in source, f"{old!r} is not in the solution of {name} in {language.title}"
        yield Attempt(language, source.replace(old, new), advice)
    yield Attempt(language, source, "")
