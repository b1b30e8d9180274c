// %%sandbox directus-extension-ported --lang js --type endpoint
// /// sandbox
// [requestedScopes]
// log = {}
// request = { methods = ["GET"], urls = ["https://api.example.com/weather"] }
// ///
import { log, request } from 'directus:api';

export default (router) => {
    router.get('/weather', async () => {
        const answer = await request('https://api.example.com/weather');
        log('asked for the weather');
        return { status: 200, body: { celsius: answer.data.celsius } };
    });
};
