// Usage: node check.mjs FOLDER…
// Writes one JSON object a folder: what the schema of a Directus says of its package.json, how validate and build of the
// official tools end, and for each file of dist whether a build gives it again, up to formatting.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExtensionManifest } from '@directus/extensions';
import { transformSync } from 'esbuild';

const home = dirname(fileURLToPath(import.meta.url));
const tool = join(home, 'node_modules', '@directus', 'extensions-sdk', 'cli.js');
const plain = (path) =>
	existsSync(path) ? transformSync(readFileSync(path, 'utf8'), { minifyWhitespace: true, legalComments: 'none' }).code : '';

for (const folder of process.argv.slice(2)) {
	const parsed = ExtensionManifest.safeParse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
	const work = mkdtempSync(join(tmpdir(), 'export-'));
	cpSync(folder, work, { recursive: true });
	symlinkSync(join(home, 'node_modules'), join(work, 'node_modules'));
	const run = (...words) => spawnSync(process.execPath, [tool, ...words], { cwd: work, encoding: 'utf8' });
	const validate = run('validate', '--verbose');
	rmSync(join(work, 'dist'), { recursive: true });
	const build = run('build', '--no-minify');
	const dist = readdirSync(join(folder, 'dist')).map((name) => {
		const [shipped, built] = [join(folder, 'dist', name), join(work, 'dist', name)].map(plain);
		return [name, shipped === built ? '' : `${shipped}\n${built}`];
	});
	rmSync(work, { recursive: true });
	console.log(
		JSON.stringify({
			folder,
			schema: parsed.success ? '' : JSON.stringify(parsed.error.issues),
			validate: validate.status === 0 ? '' : validate.stdout + validate.stderr,
			build: build.status === 0 ? '' : build.stdout + build.stderr,
			dist: Object.fromEntries(dist),
		}),
	);
}
