// %%sandbox directus-extension-forecast --lang js
// /// sandbox
// permissions = [
//   { permission = "request", allowedUrls = ["https://weather.example/v1/*"], methods = ["GET"] },
// ]
// ///
const handler = async ({ city, unit = 'c' }) => {
    const url = `https://weather.example/v1/${city}?unit=${unit}`;
    const { sky, degrees } = await exec('request', url, { output: 'json' });
    return { sky, degrees };
};

await exec('register-operation', { id: 'forecast', handler });
