"""Cells of every kind that an export knows."""

from __future__ import annotations

from typing import Final

ENDPOINT: Final = """\
// /// sandbox
// type = "endpoint"
// [requestedScopes]
// log = {}
// request = { methods = ["GET"], urls = ["https://api.example.com/*"] }
// ///
import { log } from 'directus:api';

export default (router) => {
	router.get('/hello', async ({ url }) => {
		log('hello');
		return { status: 200, body: { url } };
	});
};
"""
HOOK: Final = """\
// /// sandbox
// type = "hook"
// [requestedScopes]
// log = {}
// ///
import { log } from 'directus:api';

type Title = { title: string };

export default ({ filter }: any): void => {
	filter('articles.items.create', async (payload: Title) => {
		log(`got ${payload.title}`);
		return { ...payload, title: payload.title.trim() };
	});
};
"""
OPERATION: Final = """\
// /// sandbox
// type = "operation"
// requestedScopes = {}
// ///
export default {
	id: 'shout',
	handler: ({ text, times = 2, loud = true, ending: end = '!' }) => text.toUpperCase().repeat(times) + (loud ? end : ''),
};
"""
MIXED: Final = """\
// /// sandbox
// permissions = [
//   { permission = "read-items", role = "editor" },
//   { permission = "create-items", role = "editor" },
//   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true },
// ]
// ///
await exec('register-endpoint', { path: '/list', method: 'GET', handler: async () => {
	console.log('listing');
	return { status: 200, body: await exec('read-items', 'articles', { query: { limit: 2 } }) };
} });
await exec('register-operation', { id: 'make', handler: async (data) => {
	await exec('log', `make ${data.title}`);
	return await exec('create-items', 'articles', { data: [{ title: data.title, body: data['text'] }] });
} });
await exec('register-action', { event: 'labels.items.create', handler: async (payload, meta) => {
	await exec('log', `made ${meta.event}`);
} });
"""
PYTHON: Final = """\
# /// sandbox
# permissions = [{ permission = "read-items", role = "editor" }]
# ///
import hashlib

async def answer(request):
    return {"status": 200, "body": "*/ </script>"}

await exec("register-endpoint", {"path": "/x", "method": "GET", "handler": answer})
print(1)
"""
TYPED: Final = """\
// /// sandbox
// permissions = [{ permission = "update-items", role = "editor" }, { permission = "request", allowedUrls = ["https://a.test/*"] }]
// ///
import { log as say } from 'directus:api';
import type { Unknown } from 'directus:api';
declare const exec: (type: string, ...args: unknown[]) => Promise<any>;
declare function helper(value: string): void;
export type Title = { title: string };  // größer
interface Row extends Title {
	id: number;
}
function shown(row: Row): string;
function shown(row: Row, short: boolean): string;
function shown(row: Row, short = false): string {
	return short ? row.title : `${row.id} ${row.title}`;
}
type Keys = Row['id'][];

await exec('register-endpoint', { path: '/rows', method: 'GET', handler: async ({ url }: { url: string }): Promise<unknown> => {
	say(url);
	const keys = (await exec('update-items', 'labels', { data: { name: 'x' }, query: { limit: 1 } })) as Keys;
	return { status: 200, body: keys.map((id) => shown({ id, title: url }, true)) satisfies string[] };
} });
"""
