"""What the levels of a query come to: a statement each, its parameters, and what is to be done with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from scopebox.store.reading.compared import is_crowd

if TYPE_CHECKING:
    from scopebox.errors import DirectusError
    from scopebox.store.database.lengths import Longest
    from scopebox.store.database.session import Session
    from scopebox.store.reading.compared import Compared
    from scopebox.store.reading.few_rows import FewRows
    from scopebox.store.reading.first_rows import FirstOfLists
    from scopebox.store.reading.keys import Overruled
    from scopebox.store.reading.memory import Memory, Tables
    from scopebox.store.reading.portions import Portions
    from scopebox.store.reading.searched import Narrowed, Search
    from scopebox.store.reading.sorted_texts import SortedTexts
    from scopebox.store.reading.sought import Sought
    from scopebox.store.reading.tree import Level, Nested
    from scopebox.store.reading.weights import Least, Weights

LARGE: Final = 30_000  # rows from which on keys are sorted before rows; below it that takes longer
LARGE_FILTERED: Final = 300_000  # the same where a condition leaves few rows to be sorted


@dataclass
class Plan:
    """A compiled level. ``slot`` is the parameter that takes the keys of the level above it, if there is one.

    ``keys_first`` is a statement that finds the same in a large table sooner: it sorts the keys alone and then takes
    the rows of those that are left. What is wrong with a level below it is raised where items lead there: a Directus asks for one level
    after the other. ``overruled`` is the list of a filter that the keys of the level above are put over. ``key`` is the parameter that
    takes the key of the one item that is asked for; ``short``: it finds one item at most by its key, and looks at nothing else.
    ``weights`` tell how large its rows are, ``portions`` take large ones, ``sorted_texts`` tell what it sorts by, ``unique``: each key of
    the level above finds one at most. ``few`` finds the same where it is not much, and takes less time. ``sought`` are the
    texts that it looks through, ``lists`` find the first items of lists alone, ``least`` tells what many rows of many fields come to, whatever is in them,
    ``compared`` are its conditions, ``tables`` are all that it reads, ``memory`` is what the database holds for it; ``much``: that was found to be a lot.
    ``search`` finds its items first, if it looks through much.
    """

    sql: str
    parameters: list[object]
    slot: int | None
    level: Level
    renamed: dict[str, str]
    nested: list[tuple[Nested, Plan | DirectusError, int, int | None]] = field(default_factory=list)
    of_any: list[AnyPlan] = field(default_factory=list)
    keys_first: str = ""
    filtered: bool = False
    overruled: Overruled | None = None
    key: int | None = None
    short: bool = False
    weights: Weights | None = None
    portions: Portions | None = None
    unique: bool = False
    sorted_texts: SortedTexts | None = None
    few: FewRows | None = None
    sought: tuple[Sought, ...] = ()
    least: Least | None = None
    compared: Compared | None = None
    lists: FirstOfLists | None = None
    tables: Tables | None = None
    memory: Memory | None = None
    much: bool = False
    search: Search | None = None

    def with_key(self, key: object) -> Plan:
        """Return the plan for one item, which ``key`` is the key of."""
        assert self.key is not None
        parameters = [*self.parameters]
        parameters[self.key] = key
        return replace(self, parameters=parameters)

    def narrowed(self, narrowed: Narrowed) -> Plan:
        """Return the plan about the items that were found first."""
        of = narrowed.of
        texts, few, memory, lists = self.sorted_texts, self.few, self.memory, self.lists
        first = few.first if few else None
        return replace(
            self,
            sql=of(self.sql),
            parameters=narrowed.parameters,
            keys_first=of(self.keys_first),
            weights=self.weights and self.weights.changed(of),
            portions=self.portions and self.portions.changed(of),
            least=self.least and replace(self.least, counted=of(self.least.counted)),
            lists=lists and replace(lists, where=of(lists.where), first=of(lists.first)),
            sorted_texts=texts and replace(texts, found=of(texts.found)),
            few=few
            and replace(
                few, sql=of(few.sql), first=first and replace(first, whole=of(first.whole), near=of(first.near))
            ),
            memory=memory and memory.changed(of),
        )

    def first_of_lists(self, session: Session) -> Plan:
        """Return a plan that finds no more of its lists than is shown, where that takes less time."""
        lists = self.lists
        if lists is None or session.size(self.level.collection.name) < LARGE:
            return self
        weights = self.weights and self.weights.changed(lists.of)
        least = self.least and replace(self.least, counted=lists.of(self.least.counted))
        portions = self.portions and self.portions.changed(lists.of)
        return replace(self, sql=lists.of(self.sql), weights=weights, least=least, portions=portions)

    def is_large(self, session: Session) -> bool:
        """Return whether it takes less time to look for ``keys_first``."""
        large = LARGE_FILTERED if self.filtered else LARGE
        return bool(self.keys_first) and session.size(self.level.collection.name) >= large

    @property
    def texts(self) -> list[tuple[Longest, tuple[str, ...]]]:
        """The columns whose longest texts are to be known, those that are shown and those that are looked through."""
        shown = [(self.weights.longest, self.weights.columns)] if self.weights else []
        return [*shown, *(entry for sought in self.sought for entry in sought.texts)]

    @property
    def below(self) -> list[Plan | DirectusError]:
        """The plans of the levels below it, or what is wrong with them."""
        levels = [inner for entry in self.of_any for inner in entry.plans.values()]
        return [*(entry[1] for entry in self.nested), *levels]

    @property
    def is_crowd(self) -> bool:
        """Whether it has so many conditions, at any level, that it takes turns with others that have."""
        return is_crowd(self.compared) or any(isinstance(plan, Plan) and plan.is_crowd for plan in self.below)

    @property
    def plain(self) -> bool:
        """Whether the rows are the items, as JSON text, with nothing left to do."""
        return not (self.nested or self.of_any or self.renamed)


@dataclass
class AnyPlan:
    """The plans, by collection, behind a field shown as ``key`` that leads to any of them.

    The columns ``item`` and ``collection`` of a row say to which item. Of ``absent`` collections nothing is shown at all.
    """

    key: str
    plans: dict[str, Plan]
    item: int
    collection: int
    absent: frozenset[str]
