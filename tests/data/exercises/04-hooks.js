// %%sandbox directus-extension-slugs --lang js
const slug = (payload) => {
    if (payload.slug) return payload;
    const made = payload.title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    if (!made) throw new Error('This title makes no slug');
    return { ...payload, slug: made };
};

await exec('register-filter', { event: 'articles.items.create', handler: slug });
