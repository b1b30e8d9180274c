/**
 * Types for the code of extensions, for editors. Take them up with
 *
 *     /// <reference path="./api.d.ts" />
 *
 * at the top of a file, or by "include" in tsconfig.json. Nothing of it is there at run time.
 */

/** `import { log, sleep, request } from 'directus:api';` — each needs the scope of its name. */
declare module 'directus:api' {
	/** Print a message in the logger's output of the API. */
	export function log(message: string): void;

	/** Wait for a number of milliseconds. */
	export function sleep(milliseconds: number): Promise<void>;

	/** Make a request to one of the URLs that the scope allows. */
	export function request(url: string, options?: RequestOptions): Promise<RequestResponse>;

	export interface RequestOptions {
		method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
		/** Text, or data that is sent as JSON. */
		body?: string | Record<string, any> | any[];
		headers?: Record<string, string>;
	}

	export interface RequestResponse {
		status: number;
		statusText: string;
		headers: Record<string, any>;
		/** JSON that came, decoded, else text. */
		data: any;
	}

	/** What the handler of an endpoint gets. */
	export interface SandboxEndpointRequest {
		url: string;
		headers: Record<string, any>;
		body: any;
	}

	/** What it returns. */
	export interface SandboxEndpointResponse {
		status: number;
		body: string | Record<string, any> | any[] | null;
	}

	export type SandboxEndpointHandler = (
		request: SandboxEndpointRequest,
	) => SandboxEndpointResponse | Promise<SandboxEndpointResponse>;

	type Register = (path: string, handler: SandboxEndpointHandler) => void;

	/** What the default export of an endpoint gets. */
	export interface SandboxEndpointRouter {
		get: Register;
		post: Register;
		put: Register;
		patch: Register;
		delete: Register;
	}

	/** What the default export of a hook gets: a filter may return another payload, an action is told what was done. */
	export interface SandboxHookRegisterContext {
		filter: (event: string, handler: (payload: any) => any) => void;
		action: (event: string, handler: (meta: any) => any) => void;
	}

	/** `export default { id, handler }` */
	export interface SandboxOperationConfig {
		id: string;
		handler: (data: Record<string, any>) => any;
	}

	export type SandboxEndpointConfig = (router: SandboxEndpointRouter) => void;
	export type SandboxHookConfig = (context: SandboxHookRegisterContext) => void;
}

/** A query, as in the documents of Directus. */
interface ExecQuery {
	fields?: string[];
	filter?: Record<string, any>;
	search?: string;
	sort?: string | string[];
	limit?: number;
	offset?: number;
	page?: number;
	deep?: Record<string, any>;
	alias?: Record<string, string>;
	aggregate?: Record<string, string | string[]>;
	groupBy?: string[];
	[name: string]: any;
}

interface ExecContext {
	accountability: any;
	[name: string]: any;
}

interface ExecEndpointRequest {
	url: string;
	headers: Record<string, string>;
	body: string;
	baseUrl: string;
}

interface ExecEndpointResponse {
	status: number;
	body: string | Record<string, any>;
}

/** Each execution type needs the permission of its name; `log` and those that register need none. */
declare function exec(type: 'log', message: string): Promise<void>;
declare function exec(type: 'sleep', milliseconds: number): Promise<void>;
declare function exec(
	type: 'request',
	url: string,
	options?: {
		method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
		body?: string;
		headers?: Record<string, string>;
		output?: 'text' | 'json';
	},
): Promise<any>;
declare function exec(type: 'create-items', collection: string, options: { data: Record<string, unknown>[] }): Promise<any>;
declare function exec(type: 'read-items', collection: string, options: { query?: ExecQuery }): Promise<any>;
declare function exec(
	type: 'update-items',
	collection: string,
	options: { query?: ExecQuery; data: Record<string, unknown> },
): Promise<any>;
declare function exec(type: 'delete-items', collection: string, options: { query?: ExecQuery }): Promise<any>;
declare function exec(
	type: 'register-filter',
	options: { event: string; handler: (payload: any, meta: any, context: ExecContext) => any },
): Promise<void>;
declare function exec(
	type: 'register-action',
	options: { event: string; handler: (payload: any, meta: any, context: ExecContext) => any },
): Promise<void>;
declare function exec(
	type: 'register-endpoint',
	options: {
		path: string;
		method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
		handler: (request: ExecEndpointRequest) => ExecEndpointResponse | Promise<ExecEndpointResponse>;
	},
): Promise<void>;
declare function exec(
	type: 'register-operation',
	options: { id: string; handler: (data: Record<string, any>) => any },
): Promise<void>;

/** For the output of the cell; a Directus has none. */
declare const console: Record<'log' | 'info' | 'warn' | 'error' | 'debug', (...values: any[]) => void>;

/** Variables of an environment are undefined in an isolate. */
declare const process: { env: { NODE_ENV: 'production' } & Record<string, string | undefined> };
