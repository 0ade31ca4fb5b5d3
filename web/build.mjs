/*
 * build.mjs - src/ to dist/: hashed, compressed files and manifest.json, which tools/embed_web.py turns into C.
 *
 *   node build.mjs            build, and fail when a size budget is exceeded
 *   node build.mjs --dev             unminified, no budgets, no compressed copies
 *   node build.mjs --only=booking    one page only
 *   node build.mjs --out=DIR         somewhere else than dist/
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { iconSprite } from './tools/icons.mjs';
import { licences } from './tools/licences.mjs';

const ROOT = dirname(fileURLToPath(import.meta.url));
const option = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1];
const DIST = resolve(option('out') ?? join(ROOT, 'dist'));
const DEV = process.argv.includes('--dev');
const ONLY = option('only');

/* Bytes on the wire, brotli. Raise one only with a reason in the commit. */
const BUDGETS = {
  booking: { js: 25_000, css: 6_000 },
  app: { js: 60_000, css: 10_000 },
};
const BUDGET_LAZY_JS = 25_000;
const BUDGET_ALL_JS = 200_000;
const BUDGET_ICONS = 5_000;

const PAGES = [
  { name: 'booking', html: 'booking.html' },
  { name: 'app', html: 'app.html' },
];

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

const hashOf = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);

/** Everything that goes into dist, as it will be listed in manifest.json. */
const files = [];

function emit(path, data, immutable) {
  const bytes = Buffer.from(data);
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`no content type for ${path}`);
  const target = join(DIST, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  const entry = { path: `/${path}`, type, file: path, hash: hashOf(bytes), size: bytes.length, br: null, gz: null, immutable };
  if (!DEV && extname(path) !== '.woff2') {
    const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    const gz = gzipSync(bytes, { level: 9 });
    writeFileSync(`${target}.br`, br);
    writeFileSync(`${target}.gz`, gz);
    Object.assign(entry, { br: `${path}.br`, gz: `${path}.gz`, brSize: br.length, gzSize: gz.length });
  }
  files.push(entry);
  return entry;
}

const wire = (path) => {
  const entry = files.find((file) => file.file === path);
  return entry ? (entry.brSize ?? entry.size) : 0;
};

async function bundle(entries, iconsUrl) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir: DIST,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome105', 'firefox110', 'safari16'],
    supported: { nesting: false },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: !DEV,
    sourcemap: false,
    legalComments: 'none',
    charset: 'utf8',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    loader: { '.woff2': 'file' },
    publicPath: '/',
    define: { ICONS_URL: JSON.stringify(iconsUrl), 'process.env.NODE_ENV': '"production"' },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const file of result.outputFiles) {
    const path = relative(DIST, file.path);
    /* Both pages bring the fonts, under the same name. */
    if (!files.some((known) => known.file === path)) emit(path, file.contents, true);
  }
  return result.metafile.outputs;
}

/** The output file made from one entry point. */
function outputOf(outputs, entry) {
  const found = Object.entries(outputs).find(([, output]) => output.entryPoint === entry);
  if (!found) throw new Error(`nothing was built from ${entry}`);
  return relative(DIST, join(ROOT, found[0]));
}

/** A script and everything it imports at once (not what it imports later). */
function firstLoad(outputs, path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const imported of outputs[relative(ROOT, join(DIST, path))].imports) {
    if (imported.kind === 'import-statement') firstLoad(outputs, relative(DIST, join(ROOT, imported.path)), seen);
  }
  return seen;
}

function writePage(page, outputs, failures) {
  const js = outputOf(outputs, page.js);
  const css = outputOf(outputs, page.css);
  const scripts = [...firstLoad(outputs, js)];
  const preloads = scripts.filter((path) => path !== js).map((path) => `<link rel="modulepreload" href="/${path}">`);
  const font = files.find((file) => /assets\/inter-latin-wght-normal-.*woff2$/.test(file.file));
  if (font) preloads.unshift(`<link rel="preload" href="${font.path}" as="font" type="font/woff2" crossorigin>`);
  const html = readFileSync(join(ROOT, page.html), 'utf8')
    .replace(`/${page.css}`, `/${css}`)
    .replace(`/${page.js}`, `/${js}`)
    .replace('<!-- preload -->', preloads.join('\n  '))
    .replace(/<!--[\s\S]*?-->\s*/g, '');
  emit(page.html, html, false);
  const size = { js: scripts.reduce((sum, path) => sum + wire(path), 0), css: wire(css) };
  for (const kind of ['js', 'css']) {
    const budget = BUDGETS[page.name][kind];
    console.log(`${page.name.padEnd(8)} ${kind.padEnd(4)} ${String(size[kind]).padStart(7)} of ${budget}`);
    if (size[kind] > budget) failures.push(`${page.name}: ${kind} is ${size[kind]} bytes, the budget is ${budget}`);
  }
  return scripts;
}

async function main() {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  const failures = [];

  const sprite = iconSprite(ROOT);
  const icons = emit(`assets/icons-${hashOf(sprite).slice(0, 8).toUpperCase()}.svg`, sprite, true);
  emit('favicon.svg', readFileSync(join(ROOT, 'favicon.svg')), false);
  emit('assets/licences.txt', licences(ROOT), false);

  const pages = PAGES.map((page) => ({
    ...page,
    js: `src/${page.name}/main.tsx`,
    css: `src/${page.name}/${page.name}.css`,
  })).filter((page) => (!ONLY || page.name === ONLY) && existsSync(join(ROOT, page.js)));

  /* Each page alone: what both use would otherwise move into a common part that is too large for either. */
  const first = new Set();
  for (const page of pages) {
    const outputs = await bundle([page.js, page.css], icons.path);
    for (const path of writePage(page, outputs, failures)) first.add(path);
  }

  const scripts = files.filter((file) => file.file.endsWith('.js'));
  const all = scripts.reduce((sum, file) => sum + wire(file.file), 0);
  console.log(`all JS   ${all} of ${BUDGET_ALL_JS}; icons ${wire(icons.file)} of ${BUDGET_ICONS}`);
  if (all > BUDGET_ALL_JS) failures.push(`all JS is ${all} bytes, the budget is ${BUDGET_ALL_JS}`);
  if (wire(icons.file) > BUDGET_ICONS) failures.push(`the icons are ${wire(icons.file)} bytes, the budget is ${BUDGET_ICONS}`);
  for (const file of scripts) {
    if (!first.has(file.file) && wire(file.file) > BUDGET_LAZY_JS) failures.push(`${file.file} is ${wire(file.file)} bytes, a lazy part may have ${BUDGET_LAZY_JS}`);
  }

  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  writeFileSync(join(DIST, 'manifest.json'), `${JSON.stringify({ files }, null, 1)}\n`);
  if (!DEV && failures.length > 0) {
    console.error(`size budget exceeded:\n  ${failures.join('\n  ')}`);
    rmSync(join(DIST, 'manifest.json'));
    process.exit(1);
  }
}

await main();
