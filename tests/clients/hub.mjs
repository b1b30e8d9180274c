// The SDK behind a hub, which keeps Authorization for itself: the token of a user goes into access_token. Arguments: the address, the token
// of the hub, the token of a user.
import { createDirectus, createItem, customEndpoint, readItems, rest } from "@directus/sdk";

const [, , url, hub, token] = process.argv;
const throughTheHub = (address, options) => {
  const place = new URL(address);
  place.searchParams.set("access_token", token);
  return fetch(place, { ...options, headers: { ...options.headers, Authorization: `token ${hub}` } });
};
const client = createDirectus(url, { globals: { fetch: throughTheHub } }).with(rest());
const found = {};

found.list = await client.request(readItems("articles", { fields: ["id"], sort: ["id"], limit: 2 }));
found.created = await client.request(createItem("articles", { title: "behind a hub" }, { fields: ["title"] }));
found.echo = await client.request(
  customEndpoint({ path: "/directus-extension-echo/echo", method: "POST", body: JSON.stringify({ a: 1 }) }),
);

console.log(JSON.stringify(found));
