// %%sandbox directus-extension-portable --lang js --type endpoint
// /// sandbox
// [requestedScopes]
// log = {}
// request = { methods = ["GET"], urls = ["https://numbers.example/lucky"] }
// ///
import { log, request } from 'directus:api';

export default (router) => {
    router.get('/', async () => {
        const numbers = (await request('https://numbers.example/lucky')).data;
        log(`the numbers are ${numbers.join(', ')}`);
        return { status: 200, body: { mean: numbers.reduce((sum, number) => sum + number, 0) / numbers.length } };
    });
};
