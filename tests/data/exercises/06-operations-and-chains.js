// %%sandbox directus-extension-publisher --lang js
// /// sandbox
// permissions = [{ permission = "update-items", role = "editor" }]
// ///
const publish = async ({ id }) => {
    const query = { filter: { id: { _eq: id } } };
    const keys = await exec('update-items', 'articles', { query, data: { status: 'published' } });
    return { published: keys.length > 0 };
};

const tell = async (payload, { keys }) => {
    if (payload.status !== 'published') return;
    for (const key of keys) await exec('log', `published ${key}`);
};

await exec('register-operation', { id: 'publish', handler: publish });
await exec('register-action', { event: 'articles.items.update', handler: tell });
