// Usage: node check.mjs FOLDER…
// Writes one JSON object a folder: what the schema of a Directus says of its package.json, how validate and build of the
// official tools end, and for each file of dist whether a build gives it again, up to formatting.
// The commands run in this process, one after the other: to load the tools takes thirty times as long as to use them.
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ExtensionManifest } from '@directus/extensions';
import { transformSync } from 'esbuild';

const home = dirname(fileURLToPath(import.meta.url));
const commands = join(home, 'node_modules', '@directus', 'extensions-sdk', 'dist', 'cli', 'commands');
const command = async (name) => (await import(pathToFileURL(join(commands, `${name}.js`)))).default;
const [validate, build] = [await command('validate'), await command('build')];
const plain = (path) =>
	existsSync(path) ? transformSync(readFileSync(path, 'utf8'), { minifyWhitespace: true, legalComments: 'none' }).code : '';

// Until nothing is left to do, when a process would end: a command may go on after it answered.
const idle = () => new Promise((resolve) => process.once('beforeExit', resolve));

// What a command prints in a folder, if it fails: by process.exit, which it may catch, by what it throws, or later by a promise.
async function failure(run, folder) {
	const { exit, stdout, stderr } = process;
	const writes = [stdout.write, stderr.write];
	let status = 0;
	let printed = '';
	process.exit = (code) => {
		status ||= code;
		throw new Error(`the command ended with ${code}`);
	};
	stdout.write = stderr.write = (text) => {
		printed += text;
		return true;
	};
	const failed = (error) => {
		status ||= 1;
		printed += error.stack;
	};
	process.on('unhandledRejection', failed);
	process.chdir(folder);
	try {
		await run();
	} catch (error) {
		failed(error);
	} finally {
		await idle();
		process.off('unhandledRejection', failed);
		process.exit = exit;
		[stdout.write, stderr.write] = writes;
		process.chdir(home);
	}
	return status === 0 ? '' : printed || `it ended with ${status}`;
}

for (const folder of process.argv.slice(2)) {
	const parsed = ExtensionManifest.safeParse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
	const work = mkdtempSync(join(tmpdir(), 'export-'));
	cpSync(folder, work, { recursive: true });
	symlinkSync(join(home, 'node_modules'), join(work, 'node_modules'));
	const validated = await failure(() => validate({ verbose: true }), work);
	rmSync(join(work, 'dist'), { recursive: true });
	const built = await failure(() => build({ minify: false }), work);
	const dist = readdirSync(join(folder, 'dist')).map((name) => {
		const [shipped, made] = [join(folder, 'dist', name), join(work, 'dist', name)].map(plain);
		return [name, shipped === made ? '' : `${shipped}\n${made}`];
	});
	rmSync(work, { recursive: true });
	console.log(
		JSON.stringify({
			folder,
			schema: parsed.success ? '' : JSON.stringify(parsed.error.issues),
			validate: validated,
			build: built,
			dist: Object.fromEntries(dist),
		}),
	);
}
