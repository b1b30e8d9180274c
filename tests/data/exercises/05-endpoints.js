// %%sandbox directus-extension-guestbook --lang js
// /// sandbox
// permissions = [{ permission = "create-items", role = "reader" }]
// ///
const parsed = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
};

const write = async (request) => {
    const { article, text } = parsed(request.body) ?? {};
    if (typeof text !== 'string' || !text.trim()) return { status: 400, body: { error: 'Send an object with a text' } };
    const [id] = await exec('create-items', 'comments', { data: [{ article, text }] });
    return { status: 201, body: { id } };
};

await exec('register-endpoint', { method: 'POST', path: '/', handler: write });
