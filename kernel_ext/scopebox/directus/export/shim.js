//: log
	'log': async (message) => log(message),
//: sleep
	'sleep': async (milliseconds) => sleep(milliseconds),
//: request
	'request': async (url, options = {}) => {
		const { output, ...rest } = options;
		const { data } = await request(url, rest);
		if (output === 'json') return typeof data === 'string' ? JSON.parse(data) : data;
		return typeof data === 'string' ? data : JSON.stringify(data);
	},
//: read-items
	'read-items': async (collection, { query = {} } = {}) => (await items('GET', collection, query)) ?? [],
//: create-items
	'create-items': async (collection, { data }) => {
		const created = await items('POST', collection, { fields: [keyOf(collection)] }, data);
		return (created ?? []).map((item/*: any */) => item[keyOf(collection)]);
	},
//: update-items
	'update-items': async (collection, { data, query }) => {
		if (singletons.includes(collection)) {
			const updated = await items('PATCH', collection, { fields: [keyOf(collection)] }, data);
			return [updated?.[keyOf(collection)]];
		}
		const keys = await keysOf(collection, query);
		if (keys.length) await items('PATCH', collection, { fields: [keyOf(collection)] }, { keys, data });
		return keys;
	},
//: delete-items
	'delete-items': async (collection, { query } = {}) => {
		const keys = await keysOf(collection, query);
		if (keys.length) await items('DELETE', collection, {}, keys);
		return keys;
	},
//: items
const keyOf = (collection/*: string */) => keyFields[collection] ?? 'id';

const written = (value/*: any */) => {
	if (Array.isArray(value)) return value.join(',');
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const items = async (method/*: string */, collection/*: string */, query/*: Record<string, any> */, body/*?: any */) => {
	const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
	const parameters = given.map(([name, value]) => `${name}=${encodeURIComponent(written(value))}`).join('&');
	const address = `${server.url.replace(/\/+$/, '')}/items/${encodeURIComponent(collection)}`;
	const answer/*: any */ = await request(parameters ? `${address}?${parameters}` : address, {
		method,
		headers: { Authorization: `Bearer ${server.token}` },
		body,
	});
	return answer.data?.data;
};
//: server
let server = { url: '', token: '' };
//: keys
const keysOf = async (collection/*: string */, query/*: Record<string, any> */ = {}) => {
	const plain = Object.keys(query).every((name) => queryKeys.includes(name));
	const found = await items('GET', collection, { ...(plain ? query : { filter: query }), fields: [keyOf(collection)] });
	return (found ?? []).map((item/*: any */) => item[keyOf(collection)]);
};
//: exec
const exec = async (type/*: string */, ...args/*: any[] */)/*: Promise<any> */ => {
	const call = calls[type];
	if (call === undefined) throw new Error(`No permission to access "${type}"`);
	return call(...args);
};
//: failed
const failed = (error/*: unknown */) => log(`The extension did not start: ${error instanceof Error ? error.message : String(error)}`);
//: hook
const invoke = (handler/*: Function */, payload/*: unknown */, meta/*: any */) => {
	const context = { accountability: null };
	return handler.length > 2 ? handler(payload, meta, context) : handler(payload, { ...meta, ...context }, context);
};

export default ({ filter, action }/*: any */) => {
	calls['register-filter'] = async ({ event, handler }) => {
		const collection = event.includes('.items.') ? event.split('.items.')[0] : undefined;
		filter(event, async (payload/*: unknown */) => invoke(handler, payload, { event, collection }));
	};
	calls['register-action'] = async ({ event, handler }) => {
		action(event, async (meta/*: any */) => invoke(handler, meta.payload, meta));
	};
	cell().catch(failed);
};
//: single hook
export default ({ filter, action }/*: any */) => {
	calls['register-filter'] = async ({ event, handler }) => filter(event, handler);
	calls['register-action'] = async ({ event, handler }) => action(event, handler);
	cell().catch(failed);
};
//: single endpoint
export default (router/*: any */) => {
	calls['register-endpoint'] = async ({ path, method, handler }) => {
		router[method.toLowerCase()](path, handler);
	};
	cell().catch(failed);
};
//: endpoint
const textOf = (body/*: any */) => {
	if (body === undefined || body === null) return '';
	if (typeof body === 'string') return body;
	return Object.keys(body).length ? JSON.stringify(body) : '';
};

export default (router/*: any */) => {
	calls['register-endpoint'] = async ({ path, method, handler }) => {
		router[method.toLowerCase()](path, async ({ url, headers, body }/*: any */) =>
			handler({ url, headers, body: textOf(body), baseUrl }),
		);
	};
	cell().catch(failed);
};
//: operation
const handlers/*: Record<string, (data: any) => any> */ = {};

calls['register-operation'] = async ({ id, handler }) => {
	handlers[id] = handler;
};

const started = cell();
started.catch(failed);

const run = async (data/*: any */) => {
	await started;
	return handlers[operation](data);
};
//: plain operation
export default { id: operation, handler: run };
//: serving operation
let active/*: Promise<unknown>[] */ = [];

// Calls that go to different addresses, or with different tokens, wait for each other.
const handler = async ({ directus_url: url = '', directus_token: token = '', ...data }/*: any */) => {
	while (active.length && (server.url !== url || server.token !== token)) await Promise.allSettled(active);
	server = { url, token };
	const running = run(data);
	active.push(running);
	try {
		return await running;
	} finally {
		active = active.filter((entry) => entry !== running);
	}
};

export default { id: operation, handler };
