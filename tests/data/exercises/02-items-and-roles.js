// %%sandbox directus-extension-top --lang js
// /// sandbox
// permissions = [{ permission = "read-items", role = "reader" }]
// ///
await exec('read-items', 'articles', {
    query: {
        fields: ['title', 'rating', 'author.name'],
        filter: { author: { _nnull: true } },
        sort: ['-rating'],
        limit: 3,
    },
});
