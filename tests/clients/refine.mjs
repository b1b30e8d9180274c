// The data provider of refine, on top of SDK 16: what its hooks call for a resource.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { dataProvider } = require("@tspvivek/refine-directus");
const inside = createRequire(require.resolve("@tspvivek/refine-directus"));
const { createDirectus, rest, staticToken } = inside("@directus/sdk");

const provider = dataProvider(createDirectus(process.argv[2]).with(staticToken("editor-token")).with(rest()));
const found = {};
const meta = { fields: ["id", "title"] };

found.list = await provider.getList({
  resource: "articles",
  pagination: { current: 1, pageSize: 2 },
  sorters: [{ field: "id", order: "desc" }],
  filters: [{ field: "id", operator: "lte", value: 6 }],
  meta,
});
found.one = await provider.getOne({ resource: "articles", id: 3, meta });
found.many = await provider.getMany({ resource: "articles", ids: [1, 2], meta });
found.created = await provider.create({ resource: "articles", variables: { title: "by refine" } });
const { id } = found.created.data;
found.updated = await provider.update({ resource: "articles", id, variables: { title: "by refine, too" } });
const ids = [];
for (const title of ["r1", "r2"]) ids.push((await provider.create({ resource: "articles", variables: { title } })).data.id);
found.changed = await provider.updateMany({ resource: "articles", ids, variables: { views: 7 } });
await provider.deleteMany({ resource: "articles", ids });
await provider.deleteOne({ resource: "articles", id });
found.left = await provider.getList({ resource: "articles", pagination: { current: 1, pageSize: 1 }, meta });
found.address = provider.getApiUrl();

console.log(JSON.stringify(found));
