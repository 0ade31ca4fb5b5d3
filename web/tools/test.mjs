/* test.mjs - bundles every *.test.ts[x] under src/ and test/ and runs them with node:test. `npm test -- NAME` runs a part. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv[2] ?? '';
const LONGEST_MS = 180_000; /* a test that never ends must not hold up a build */

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const tests = ['src', 'test'].flatMap((name) => walk(join(ROOT, name))).filter((path) => /\.test\.tsx?$/.test(path) && path.includes(wanted));
const out = mkdtempSync(join(tmpdir(), 'clinicd-web-test-'));
try {
  await build({
    entryPoints: tests,
    outdir: out,
    outbase: ROOT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    outExtension: { '.js': '.mjs' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { ICONS_URL: '"/assets/icons.svg"' },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...walk(out).filter((path) => path.endsWith('.mjs'))], { stdio: 'inherit', timeout: LONGEST_MS });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
