// %%sandbox directus-extension-generous --lang js
// /// sandbox
// permissions = [
//   { permission = "request", allowedUrls = ["https://weather.example/*"], methods = ["GET"], optional = true },
//   { permission = "create-items", role = "admin" },
// ]
// ///
const fetchSky = async () => {
    const name = await exec('request', 'https://weather.example/today');
    return await exec('create-items', 'labels', { data: [{ name }] });
};

await exec('register-operation', { id: 'fetch', handler: fetchSky });
