"""``box.items``: the items of a collection under a role, for the notebook itself and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from scopebox.chains.chain import Cause
from scopebox.sandbox.printing import run_and_print
from scopebox.views.data import ItemList

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from scopebox.services import Services
    from scopebox.store.access import Accountability
    from scopebox.store.items import ItemsService

T = TypeVar("T")


class Items:
    """One collection, used with the rights of ``accountability``. Every call is a root of its own and fires the hooks.

    Raises DirectusError in the words of a Directus 11, and what a filter raised as ExtensionError.
    """

    def __init__(self, services: Services, collection: str, accountability: Accountability | None) -> None:
        self._services = services
        self._collection = collection
        self._accountability = accountability

    def create(self, data: Sequence[Mapping[str, object]]) -> list[object]:
        """Create items and return their primary keys, in order."""
        items = [dict(item) for item in data]
        return self._run("create", lambda service: service.create(items))

    def read(self, query: Mapping[str, object] | None = None) -> list[dict[str, object]]:
        """Return the items, or aggregate rows, that ``query`` selects."""
        found = self._run("read", lambda service: service.read(dict(query or {}))).data
        if isinstance(found, list):
            return ItemList(found)
        return cast("list[dict[str, object]]", found)  # a read filter made something else of it

    def update(self, query: Mapping[str, object] | None, data: Mapping[str, object]) -> list[object]:
        """Change the items that ``query`` selects and return their primary keys.

        Without a query the item of a singleton is written: changed, or created if there is none.
        """

        async def update(service: ItemsService) -> list[object]:
            if service.singleton and not query:
                return [await service.upsert(dict(data))]
            return await service.update_by_query(dict(query or {}), dict(data))

        return self._run("update", update)

    def delete(self, query: Mapping[str, object]) -> list[object]:
        """Delete the items that ``query`` selects and return their primary keys; that of a singleton stays."""

        async def delete(service: ItemsService) -> list[object]:
            service.check_delete()
            return await service.delete_by_query(dict(query))

        return self._run("delete", delete)

    def _run(self, verb: str, call: Callable[[ItemsService], Coroutine[object, object, T]]) -> T:
        services = self._services
        chain = services.chains.start(f"items.{verb} {self._collection}", notebook=True)

        async def work() -> T:
            service = services.store.items(
                self._collection,
                accountability=self._accountability,
                emitter=services.events,
                cause=Cause(chain),
                stores=chain.store,
                held=chain.held_limit,
            )
            result = await call(service)
            await chain.settle(services.settings.settle)
            return result

        return run_and_print(services, chain, work, f"await asyncio.to_thread(box.items(…).{verb}, …)")

    def __repr__(self) -> str:
        role = "nobody's" if self._accountability is None else self._accountability.role or "public"
        return f"<items of {self._collection} as {role}>"
