"""The extensions that are exported: eleven in the style of ``directus:api``, six that call ``exec`` and leave over the shim, and two stubs.

``FOREIGN`` in a text stands for the address of a server that both sides can reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COLLECTION: Final = "exported_notes"
OTHER: Final = "exported_marks"


@dataclass(frozen=True, slots=True)
class Cell:
    """One extension: its name, the language and the text of its cell."""

    name: str
    source: str
    language: str = "js"
    split: bool = False  # into one package a type


def _api(kind: str, scopes: str, code: str) -> str:
    lines = "".join(f"// {line}\n" for line in scopes.splitlines())
    return f'// /// sandbox\n// type = "{kind}"\n// [requestedScopes]\n{lines}// ///\n{code.strip()}\n'


SLUG: Final = """
import { log } from 'directus:api';

const slug = (text) => text.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');

export default (router) => {
	router.get('/slug/:text', ({ url }) => ({ status: 200, body: { slug: slug(decodeURIComponent(url.split('/')[2].split('?')[0])) } }));
	router.post('/slug', ({ body }) => {
		if (typeof body.title !== 'string') return { status: 400, body: { error: 'title is missing' } };
		log(`slug of ${body.title}`);
		return { status: 200, body: { slug: slug(body.title), length: body.title.length } };
	});
};
"""
WEBHOOK: Final = """
import { log } from 'directus:api';

const seen = new Set();

export default (router) => {
	router.post('/', async ({ headers, body }) => {
		if (headers['x-signature'] !== 'sesame') return { status: 401, body: { error: 'wrong signature' } };
		if (seen.has(body.id)) return { status: 409, body: { error: `seen ${body.id}` } };
		seen.add(body.id);
		log(`event ${body.id}`);
		return { status: 202, body: { accepted: body.id, seen: seen.size } };
	});
};
"""
RATES: Final = """
import { request, sleep } from 'directus:api';

export default (router) => {
	router.get('/rates', async ({ url }) => {
		const base = new Map(url.split('?')[1]?.split('&').map((pair) => pair.split('='))).get('base') ?? 'EUR';
		try {
			const answer = await request(`FOREIGN/rates/${base}`);
			await sleep(5);
			return { status: 200, body: { base, usd: answer.data.usd, status: answer.status } };
		} catch (error) {
			return { status: 502, body: { error: error.message } };
		}
	});
	router.get('/outside', async () => {
		try {
			await request('http://example.invalid/');
			return { status: 200 };
		} catch (error) {
			return { status: 403, body: { error: error.message } };
		}
	});
	router.post('/echo', async ({ body }) => {
		const answer = await request('FOREIGN/echo', { method: 'POST', body, headers: { 'X-From': 'rates' } });
		return { status: answer.status, body: answer.data };
	});
};
"""
TITLES: Final = """
import { log } from 'directus:api';

export default ({ filter }) => {
	filter('exported_notes.items.create', async (payload) => {
		if (!payload.title?.trim()) throw new Error('A note needs a title');
		if (payload.title.length > 40) return { ...payload, title: payload.title.slice(0, 39) + '…' };
		if (payload.title === 'same') return undefined;
		return { ...payload, title: payload.title.trim(), status: payload.status ?? 'draft' };
	});
};
"""
AUDIT: Final = """
import { log, request } from 'directus:api';

export default ({ action }) => {
	action('exported_notes.items.create', async (meta) => {
		log(`created ${meta.key}`);
		await request('FOREIGN/audit', { method: 'POST', body: { event: meta.event, key: meta.key, title: meta.payload.title, collection: meta.collection } });
	});
	action('exported_notes.items.delete', async ({ keys, event }) => {
		await request('FOREIGN/audit', { method: 'POST', body: { event, keys } });
	});
};
"""
SHAPER: Final = """
export default ({ filter }) => {
	filter('exported_notes.items.read', (items) =>
		items.map((item) => (typeof item.body === 'string' ? { ...item, words: item.body.split(' ').filter(Boolean).length } : item)),
	);
};
"""
GUARD: Final = """
import { log } from 'directus:api';

export default ({ filter }) => {
	filter('exported_notes.items.delete', async (keys) => {
		if (keys.includes(1)) {
			log('the first note stays');
			throw new Error('The first note stays');
		}
		return keys;
	});
};
"""
MODERATION: Final = """
import { log } from 'directus:api';

type Note = { body?: string; status?: 'draft' | 'published' };
interface Rule {
	pattern: RegExp;
	by: string;
}
const rules: Rule[] = [{ pattern: /\\bdarn\\b/giu, by: '****' }];

export default ({ filter }: { filter: (event: string, handler: (payload: Note) => unknown) => void }): void => {
	filter('exported_notes.items.update', (payload: Note) => {
		if (payload.body === undefined) return payload;
		const body = rules.reduce((text: string, { pattern, by }) => text.replace(pattern, by), payload.body as string);
		if (body !== payload.body) log(`moderated ${payload.body!.length} characters`);
		return { ...payload, body };
	});
};
"""
MONEY: Final = """
type Options = { amount: number; currency?: string; rate?: number };

const rounded = (value: number): number => Math.round(value * 100) / 100;

export default {
	id: 'exported-money',
	handler: async ({ amount, currency = 'EUR', rate = 1 }: Options) => {
		if (typeof amount !== 'number') throw new Error('amount has to be a number');
		return { amount: rounded(amount * rate), currency, text: `${rounded(amount * rate).toFixed(2)} ${currency}` };
	},
};
"""
ODD: Final = """
export default (router) => {
	router.get('/text', () => ({ status: 200, body: 'plain' }));
	router.get('/teapot', () => ({ status: 418, body: { short: true } }));
	router.get('/nothing', () => ({ status: 204 }));
	router.get('/list', () => ({ status: 200, body: [1, 'two', null, { three: 3 }] }));
	router.get('/throws', () => {
		throw new Error('on purpose');
	});
	router.get('/undefined', () => undefined);
	router.get('/items/:id/parts/:part', ({ url }) => ({ status: 200, body: { url } }));
	router.put('/put', ({ body }) => ({ status: 200, body }));
	router.patch('/put', ({ body }) => ({ status: 201, body: { patched: body } }));
	router.delete('/put', ({ url, headers }) => ({ status: 200, body: { url, accept: headers.accept } }));
};
"""
SHIM_LIST: Final = """
// /// sandbox
// permissions = [
//   { permission = "read-items", role = "admin" },
//   { permission = "create-items", role = "admin" },
//   { permission = "update-items", role = "admin" },
//   { permission = "delete-items", role = "admin" },
// ]
// ///
await exec('register-endpoint', { path: '/marks', method: 'GET', handler: async (request) => {
	const rows = await exec('read-items', 'exported_marks', { query: { fields: ['id', 'name'], sort: '-id', filter: { name: { _contains: 'a' } } } });
	const [count] = await exec('read-items', 'exported_marks', { query: { aggregate: { count: '*' } } });
	return { status: 200, body: { rows, count: Number(count.count), url: request.url } };
} });
await exec('register-endpoint', { path: '/marks', method: 'POST', handler: async ({ body }) => {
	const { names } = JSON.parse(body);
	const keys = await exec('create-items', 'exported_marks', { data: names.map((name) => ({ name })) });
	return { status: 201, body: { keys } };
} });
await exec('register-endpoint', { path: '/marks', method: 'PATCH', handler: async ({ body }) => {
	const { from, to } = JSON.parse(body);
	const keys = await exec('update-items', 'exported_marks', { query: { filter: { name: { _eq: from } } }, data: { name: to } });
	return { status: 200, body: { keys } };
} });
await exec('register-endpoint', { path: '/marks', method: 'DELETE', handler: async ({ body }) => {
	const keys = await exec('delete-items', 'exported_marks', { query: { filter: { name: { _eq: JSON.parse(body).name } } } });
	return { status: 200, body: { keys } };
} });
"""
SHIM_HOOK: Final = """
// /// sandbox
// permissions = [{ permission = "create-items", role = "admin" }]
// ///
await exec('register-filter', { event: 'exported_notes.items.create', handler: async (payload) => ({ ...payload, price: payload.price ?? 1 }) });
await exec('register-action', { event: 'exported_notes.items.update', handler: async (payload, meta) => {
	await exec('log', `updated ${meta.keys.join(', ')}`);
	await exec('create-items', 'exported_marks', { data: [{ name: `update of ${meta.keys.join('+')}` }] });
} });
"""
SHIM_OPERATION: Final = """
// /// sandbox
// permissions = [{ permission = "create-items", role = "admin" }, { permission = "read-items", role = "admin" }]
// ///
await exec('register-operation', { id: 'exported-mark', handler: async (data) => {
	const keys = await exec('create-items', 'exported_marks', { data: [{ name: data.name }] });
	const rows = await exec('read-items', 'exported_marks', { query: { fields: ['name'], filter: { id: { _in: keys } } } });
	return { rows };
} });
"""
SHIM_REQUEST: Final = """
// /// sandbox
// permissions = [{ permission = "request", allowedUrls = ["FOREIGN/*"] }]
// ///
await exec('register-endpoint', { path: '/rates', method: 'GET', handler: async ({ baseUrl }) => {
	const data = await exec('request', 'FOREIGN/rates/CHF', { output: 'json' });
	await exec('sleep', 1);
	return { status: 200, body: { usd: data.usd, baseUrl } };
} });
await exec('register-endpoint', { path: '/body', method: 'POST', handler: async ({ body }) => ({ status: 200, body: { length: body.length, kind: typeof body } }) });
"""
TOTALS: Final = """
import { log } from 'directus:api';
import type { SandboxEndpointRouter } from 'directus:api';

interface Item {
	sku: string;
	price: number;
	tags?: readonly string[];
}
type Total = { total: number; count: number };

const total = (items: readonly Item[]): Total => ({ total: items.reduce((sum: number, { price }: Item) => sum + price, 0), count: items.length });

export default (router: SandboxEndpointRouter): void => {
	router.post('/totals', async ({ body }: { body: { items?: Item[] } }) => {
		const items = (body.items ?? []) as Item[];
		if (!items.length) return { status: 422, body: { error: 'no items' } as const };
		log(`total of ${items!.length}`);
		return { status: 200, body: total(items) satisfies Total };
	});
	router.get('/kinds', () => ({ status: 200, body: (['a', 'b'] as const).map((kind): string => kind.toUpperCase()) }));
};
"""
SHIM_TYPED: Final = """
// /// sandbox
// permissions = [
//   { permission = "create-items", role = "admin" },
//   { permission = "read-items", role = "admin" },
//   { permission = "delete-items", role = "admin" },
// ]
// ///
import type { SandboxEndpointRouter } from 'directus:api';
declare const exec: (type: string, ...args: unknown[]) => Promise<any>;
export type Mark = { id: number; name: string };
interface Names<T extends string = string> {
	names: readonly T[];
}
type Body = { body: string };

const clean = <T extends string>(name: T): string => name.trim().toLowerCase();

await exec('register-endpoint', { path: '/typed', method: 'POST', handler: async ({ body }: Body) => {
	const { names } = JSON.parse(body) as Names;
	const keys: Mark['id'][] = await exec('create-items', 'exported_marks', { data: names.map((name: string) => ({ name: clean(name) })) });
	await exec('log', `made ${keys!.length} marks`);
	return { status: 201, body: { made: keys.length } };
} });
await exec('register-endpoint', { path: '/typed', method: 'GET', handler: async (): Promise<{ status: number; body: unknown }> => {
	const rows: Mark[] = await exec('read-items', 'exported_marks', { query: { fields: ['name'], filter: { name: { _starts_with: 'ty' } }, sort: 'name' } });
	return { status: 200, body: rows.map(({ name }) => name) satisfies string[] };
} });
await exec('register-endpoint', { path: '/typed', method: 'DELETE', handler: async () => {
	const keys: unknown[] = await exec('delete-items', 'exported_marks', { query: { filter: { name: { _starts_with: 'ty' } } } });
	return { status: keys.length ? 200 : 404 };
} });
"""
SHIM_MIXED: Final = """
// /// sandbox
// permissions = [{ permission = "create-items", role = "admin" }, { permission = "read-items", role = "admin" }]
// ///
const tag = 'mixed';

await exec('register-endpoint', { path: '/names', method: 'GET', handler: async ({ url }) => {
	const rows = await exec('read-items', 'exported_marks', { query: { fields: ['name'], filter: { name: { _starts_with: tag } }, sort: 'name' } });
	await exec('log', `${tag}: ${rows.length} names`);
	return { status: 200, body: { rows, url } };
} });
await exec('register-filter', { event: 'exported_notes.items.create', handler: async (payload) => {
	if (!payload.title?.startsWith(tag)) return payload;
	await exec('log', `${tag}: ${payload.title}`);
	return { ...payload, body: `by ${tag}` };
} });
await exec('register-action', { event: 'exported_notes.items.create', handler: async (payload, meta) => {
	if (payload.title?.startsWith(tag)) await exec('create-items', 'exported_marks', { data: [{ name: `${tag} by ${meta.event}` }] });
} });
await exec('register-operation', { id: 'exported-mixed', handler: async ({ name }) => {
	const keys = await exec('create-items', 'exported_marks', { data: [{ name: `${tag} ${name}` }] });
	await exec('log', `${tag}: ${keys.length} made`);
	return { name: `${tag} ${name}` };
} });
"""
STUBS: Final = """
async def listing(request):
    return {"status": 200, "body": "from Python"}

async def checked(payload, meta, context):
    return {**payload, "name": "by Python"}

async def counted(data):
    return 1

await exec("register-endpoint", {"path": "/list", "method": "GET", "handler": listing})
await exec("register-endpoint", {"path": "/list/:id", "method": "DELETE", "handler": listing})
await exec("register-filter", {"event": "exported_marks.items.update", "handler": checked})
await exec("register-operation", {"id": "exported-counted", "handler": counted})
"""
STUB: Final = """
async def answer(request):
    return {"status": 200, "body": "*/ </script> ${x}"}

await exec("register-endpoint", {"path": "/", "method": "POST", "handler": answer})
"""
_FOREIGN_SCOPE: Final = 'request = { methods = ["GET", "POST"], urls = ["FOREIGN/*"] }'

API: Final = (
    Cell("directus-extension-exported-slug", _api("endpoint", "log = {}", SLUG)),
    Cell("directus-extension-exported-webhook", _api("endpoint", "log = {}", WEBHOOK)),
    Cell("directus-extension-exported-rates", _api("endpoint", f"sleep = {{}}\n{_FOREIGN_SCOPE}", RATES)),
    Cell("directus-extension-exported-titles", _api("hook", "log = {}", TITLES)),
    Cell("directus-extension-exported-audit", _api("hook", f"log = {{}}\n{_FOREIGN_SCOPE}", AUDIT)),
    Cell("directus-extension-exported-shaper", _api("hook", "", SHAPER)),
    Cell("directus-extension-exported-guard", _api("hook", "log = {}", GUARD)),
    Cell("directus-extension-exported-moderation", _api("hook", "log = {}", MODERATION), "ts"),
    Cell("directus-extension-exported-money", _api("operation", "", MONEY), "ts"),
    Cell("directus-extension-exported-odd", _api("endpoint", "", ODD)),
    Cell("directus-extension-exported-totals", _api("endpoint", "log = {}", TOTALS), "ts"),
)
SHIM: Final = (
    Cell("directus-extension-exported-zlist", SHIM_LIST.lstrip()),
    Cell("directus-extension-exported-zhook", SHIM_HOOK.lstrip()),
    Cell("directus-extension-exported-zmark", SHIM_OPERATION.lstrip()),
    Cell("directus-extension-exported-zrates", SHIM_REQUEST.lstrip()),
    Cell("directus-extension-exported-ztyped", SHIM_TYPED.lstrip(), "ts"),
    Cell("directus-extension-exported-zmixed", SHIM_MIXED.lstrip(), split=True),
)
STUBBED: Final = (
    Cell("directus-extension-exported-zpython", STUBS.lstrip(), "python", split=True),
    Cell("directus-extension-exported-zstub", STUB.lstrip(), "python"),
)
