// Logging in by the SDK: tokens in JSON, a session in a cookie, refreshing, and logging out. Arguments: the address, and which SDK.
const [, , url, name] = process.argv;
const sdk = await import(name);
const { authentication, createDirectus, rest } = sdk;

const found = {};
const caught = async (promise) => {
  try {
    return await promise;
  } catch (error) {
    return { status: error.response?.status, codes: error.errors?.map((entry) => entry.extensions.code) };
  }
};
// 20 takes the address and the password, newer ones an object.
const login = async (client, email, password, options) => {
  try {
    return await client.login({ email, password }, options);
  } catch (error) {
    if (error.errors?.[0]?.extensions?.code !== "INVALID_PAYLOAD") throw error;
    return client.login(email, password, options);
  }
};

const client = createDirectus(url).with(authentication("json", { autoRefresh: false })).with(rest());
found.wrong = await caught(login(client, "editor@blog.example", "wrong"));
const first = await login(client, "editor@blog.example", "editor-password");
found.expires = first.expires;
found.me = await client.request(sdk.readMe({ fields: ["email"] }));
const second = await client.refresh();
found.renewed = first.refresh_token !== second.refresh_token && first.access_token.split(".").length === 3;
found.still = await client.request(sdk.readMe({ fields: ["email"] }));
found.twice = await caught(client.request(sdk.refresh({ mode: "json", refresh_token: first.refresh_token })));
await client.logout();
found.ended = await caught(client.request(sdk.refresh({ mode: "json", refresh_token: second.refresh_token })));
found.nobody = await caught(client.request(sdk.readMe({ fields: ["email"] })));

const admin = createDirectus(url).with(authentication("json", { autoRefresh: false })).with(rest());
await login(admin, "admin@blog.example", "admin-password");
found.version = (await admin.request(sdk.serverInfo())).version;
found.health = (await admin.request(sdk.serverHealth())).status;
const own = (entry) => !entry.collection.startsWith("directus_");
found.collections = (await admin.request(sdk.readCollections())).filter(own).map((entry) => entry.collection);
found.fields = (await admin.request(sdk.readFieldsByCollection("labels"))).map((entry) => entry.field);
found.relations = (await admin.request(sdk.readRelations())).filter(own).map((entry) => entry.field);
found.snapshot = (await admin.request(sdk.schemaSnapshot())).directus;
found.cleared = (await caught(admin.request(sdk.clearCache()))) ?? null;

// A session in a cookie: this is no browser, so the jar is made by hand.
let jar = "";
const fetching = async (address, options) => {
  const answer = await fetch(address, { ...options, headers: { ...options.headers, ...(jar ? { cookie: jar } : {}) } });
  for (const line of answer.headers.getSetCookie()) jar = line.split(";")[0];
  return answer;
};
const session = createDirectus(url, { globals: { fetch: fetching } }).with(authentication("session", { autoRefresh: false })).with(rest());
await login(session, "reader@blog.example", "reader-password");
found.inCookie = await session.request(sdk.readMe({ fields: ["email"] }));
const before = jar;
await session.refresh();
found.another = jar !== before && jar.startsWith("directus_session_token=");
found.goesOn = await session.request(sdk.readMe({ fields: ["email"] }));
await session.logout();
found.cookieAfter = jar;

console.log(JSON.stringify(found));
