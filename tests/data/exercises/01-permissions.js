// %%sandbox directus-extension-welcome --lang js
// /// sandbox
// permissions = [
//   { permission = "read-items", role = "reader", optional = true },
// ]
// ///
await exec('log', 'welcome to the blog');
let answer = 'no articles today';
try {
    const [article] = await exec('read-items', 'articles', { query: { limit: 1 } });
    answer = article.title;
} catch (error) {
    if (error.reason !== 'denied') throw error;
}
answer
