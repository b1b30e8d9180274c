"""The extension that tests of chaos interrupt and kill: it writes items in pairs, and a filter of its own asks for items meanwhile."""

from __future__ import annotations

from scopebox.languages import LanguageName

NAME = "directus-extension-victim"
MANIFEST = [{"permission": name, "role": "admin"} for name in ("create-items", "read-items", "update-items")]
FORGET = "delete from articles where title similar to '[ab][0-9]+'"
PYTHON = """
async def h(payload, *rest):
    await exec("read-items", "articles", {"query": {"limit": 1}})
    return payload
await exec("register-filter", {"event": "items.create", "handler": h})
for i in range(200):
    await exec("create-items", "articles", {"data": [{"title": f"a{i}"}, {"title": f"b{i}"}]})
    await exec("log", str(i))
"""
JAVASCRIPT = """
await exec("register-filter", {
  event: "items.create",
  handler: async (payload) => {
    await exec("read-items", "articles", { query: { limit: 1 } });
    return payload;
  },
});
for (let i = 0; i < 200; i++) {
  await exec("create-items", "articles", { data: [{ title: `a${i}` }, { title: `b${i}` }] });
  await exec("log", String(i));
}
"""
BUSY: dict[LanguageName, str] = {"python": PYTHON, "js": JAVASCRIPT}
