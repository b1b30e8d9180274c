// A session of the official SDK with a server, the address and which SDK given as arguments; prints what came back as one JSON object.
const {
  aggregate, createDirectus, createItem, createItems, customEndpoint, deleteItem, deleteItems, isDirectusError, readItem,
  readItems, readSingleton, rest, serverInfo, serverPing, staticToken, updateItem, updateItems, updateItemsBatch,
  updateSingleton, withSearch,
} = await import(process.argv[3]);

const url = process.argv[2];
const as = (token) => createDirectus(url).with(staticToken(token)).with(rest());
const editor = as("editor-token");
const reader = as("reader-token");
const admin = as("admin-token");
const nobody = createDirectus(url).with(rest());

const caught = async (work) => {
  try {
    return { answered: await work };
  } catch (error) {
    const { status } = error.response ?? {};
    return {
      directus: isDirectusError(error),
      status,
      errors: error.errors?.map(({ message, extensions: { code, field } }) => ({ message, code, ...(field && { field }) })),
    };
  }
};

const found = {};

found.ping = await nobody.request(serverPing());
found.info = (await nobody.request(serverInfo())).project.project_name;

found.list = await editor.request(
  readItems("articles", {
    fields: ["id", "title", { author: ["name"] }, { comments: ["likes"] }],
    filter: { _and: [{ status: { _eq: "published" } }, { comments: { likes: { _gte: 5 } } }] },
    sort: ["-date_published"],
    limit: 2,
    deep: { comments: { _sort: ["-likes"], _limit: 1 } },
  }),
);
found.searched = await editor.request(withSearch(readItems("articles", { fields: ["id"], search: "not found", limit: -1 })));
found.alias = await editor.request(
  readItems("articles", { fields: ["id", "words"], alias: { words: "title" }, filter: { id: { _in: [404] } } }),
);
found.paged = await editor.request(readItems("labels", { fields: ["id"], sort: "id", limit: 3, page: 2 }));
found.one = await editor.request(readItem("articles", 404, { fields: ["id", "status", "tags", "meta", "price"] }));
found.counted = await editor.request(aggregate("articles", { aggregate: { count: "*" } }));
found.grouped = await editor.request(
  aggregate("articles", { aggregate: { count: "*", max: ["views"] }, groupBy: ["status"], query: { sort: ["status"] } }),
);

found.singletons = [await admin.request(readSingleton("site"))];
for (const data of [{ title: "By the SDK" }, { count: 2 }]) {
  found.singletons.push(await admin.request(updateSingleton("site", data, { fields: ["title", "count"] })));
}
found.singletons.push(await admin.request(readSingleton("site", { fields: ["id", "title"] })));

found.created = await editor.request(
  createItem(
    "articles",
    { title: "By the SDK", author: 1, comments: [{ text: "nested", name: "Ines" }], tags: ["a", "b"] },
    { fields: ["id", "title", "status", "tags", { comments: ["text"] }] },
  ),
);
const { id } = found.created;
found.several = await editor.request(createItems("labels", [{ name: "sdk one" }, { name: "sdk two" }], { fields: ["id", "name"] }));
const labels = found.several.map((label) => label.id);
found.updated = await editor.request(updateItem("articles", id, { status: "published" }, { fields: ["id", "status"] }));
found.updatedMany = await editor.request(updateItems("labels", labels, { color: "red" }, { fields: ["name", "color"] }));
found.updatedByQuery = await editor.request(
  updateItems("labels", { filter: { name: { _starts_with: "sdk" } } }, { color: "blue" }, { fields: ["color"] }),
);
found.updatedBatch = await editor.request(
  updateItemsBatch("labels", labels.map((key, at) => ({ id: key, name: `sdk ${at}` })), { fields: ["name"] }),
);
found.deletedOne = (await editor.request(deleteItem("articles", id))) ?? null;
found.deletedMany = (await editor.request(deleteItems("labels", labels))) ?? null;
found.deletedByQuery = (await editor.request(deleteItems("comments", { filter: { text: { _eq: "nested" } } }))) ?? null;
found.left = await editor.request(readItems("labels", { filter: { name: { _starts_with: "sdk" } } }));
found.gone = await caught(editor.request(readItem("articles", id)));

found.wrongToken = await caught(as("nobody-has-this").request(readItems("articles")));
found.public = await caught(nobody.request(readItems("articles")));
found.readerSees = await reader.request(aggregate("articles", { aggregate: { count: "*" }, groupBy: ["status"] }));
found.readerWrites = await caught(reader.request(createItem("articles", { title: "no" })));
found.readerHides = await caught(reader.request(readItems("authors", { fields: ["email"] })));
found.missing = await caught(editor.request(createItem("articles", { title: null })));
found.twice = await caught(editor.request(createItem("articles", { title: "x", slug: "article-not-found" })));
found.noField = await caught(editor.request(readItems("articles", { filter: { nope: { _eq: 1 } } })));
found.noOperator = await caught(editor.request(readItems("articles", { filter: { views: { _contains: "1" } } })));
found.noCollection = await caught(editor.request(readItems("nope")));
found.notHere = await caught(nobody.request(customEndpoint({ path: "/graphql", method: "GET" })));

found.endpoint = await editor.request(
  customEndpoint({ path: "/directus-extension-echo/echo", method: "POST", body: JSON.stringify({ n: 1 }) }),
);

console.log(JSON.stringify(found));
