// %%sandbox directus-extension-translate --lang js
// /// sandbox
// permissions = [
//   { permission = "request", allowedUrls = ["https://translate.example/v1/translate"], methods = ["POST"] },
// ]
// ///
const translate = async ({ text, to }) => {
    try {
        const answer = await exec('request', 'https://translate.example/v1/translate', {
            method: 'POST',
            headers: { 'X-Key': '{{secret.TRANSLATE_KEY}}' },
            body: { text, to },
            output: 'json',
        });
        return { text: answer.text };
    } catch (error) {
        if (error.status === 503) return { text: null, error: 'busy' };
        throw error;
    }
};

await exec('register-operation', { id: 'translate', handler: translate });
