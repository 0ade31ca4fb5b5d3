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
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { iconSprite } from './tools/icons.mjs';
import { licences } from './tools/licences.mjs';
import { lazyParts, partsOf } from './tools/parts.mjs';

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
const BUDGET_LAZY_CSS = 6_000;
const BUDGET_ALL_JS = 320_000;
const BUDGET_ICONS = 5_000;

/*
 * shared: what every lazy part of the page may count on. All it imports becomes one file, however many parts there are.
 * routes: the list of parts that have an address; each gets a page of its own which asks for the part's files at once.
 * common: a style sheet that many parts need and the landing page does not.
 */
const PAGES = [
  { name: 'booking', html: 'booking.html' },
  { name: 'app', html: 'app.html', shared: 'src/app/App.tsx', routes: 'src/app/routes.ts', landing: 'calendar', common: { css: 'src/app/pages.css', parts: /^src\/(features\/|calendar\/dialogs)/ } },
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

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: DIST,
  bundle: true,
  target: ['es2022', 'chrome105', 'firefox110', 'safari16'],
  supported: { nesting: false },
  minify: !DEV,
  sourcemap: false,
  legalComments: 'none',
  charset: 'utf8',
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  loader: { '.woff2': 'file' },
  publicPath: '/',
  metafile: true,
  write: false,
  logLevel: 'warning',
};

/** Runs esbuild and keeps what it made; the description of the outputs, by their path in dist. */
async function run(options) {
  const result = await build({ ...OPTIONS, ...options });
  for (const file of result.outputFiles) {
    const path = relative(DIST, file.path);
    /* Both pages bring the fonts, under the same name. */
    if (!files.some((known) => known.file === path)) emit(path, file.contents, true);
  }
  return Object.fromEntries(Object.entries(result.metafile.outputs).map(([path, output]) => [relative(DIST, join(ROOT, path)), output]));
}

/** The output file made from one source file. */
function outputOf(outputs, source) {
  const found = Object.entries(outputs).find(([, output]) => output.entryPoint === source);
  if (!found) throw new Error(`nothing was built from ${source}`);
  return found[0];
}

/** src/…/X.css, for every given source that has one beside it -> the address of what was made of it. */
async function styles(sources) {
  const entries = sources.filter((source) => existsSync(join(ROOT, source)));
  const named = entries.map((source) => ({ in: source, out: basename(source) === 'index.css' ? basename(dirname(source)) : basename(source, '.css') }));
  const outputs = await run({ entryPoints: named });
  return new Map(entries.map((source) => [source, `/${outputOf(outputs, source)}`]));
}

/** A script and everything it imports at once (not what it imports later). */
function firstLoad(outputs, path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const imported of outputs[path].imports) {
    if (imported.kind === 'import-statement') firstLoad(outputs, relative(DIST, join(ROOT, imported.path)), seen);
  }
  return seen;
}

const styleOf = (source) => source.replace(/\.tsx?$/, '.css');
const sum = (paths) => paths.reduce((total, path) => total + wire(path), 0);

/** One HTML file: the page with the preloads of its own scripts, and of a part when one is given. */
function writeHtml(page, name, made, part) {
  const scripts = [...firstLoad(made.outputs, made.js)];
  const later = part ? [...firstLoad(made.outputs, part.js)].filter((path) => !scripts.includes(path)) : [];
  const preloads = [...scripts, ...later].filter((path) => path !== made.js).map((path) => `<link rel="modulepreload" href="/${path}">`);
  const font = files.find((file) => /assets\/inter-latin-wght-normal-.*woff2$/.test(file.file));
  if (font) preloads.unshift(`<link rel="preload" href="${font.path}" as="font" type="font/woff2" crossorigin>`);
  preloads.unshift(...(part?.css ?? []).map((href) => `<link rel="stylesheet" href="${href}">`));
  const html = readFileSync(join(ROOT, page.html), 'utf8')
    .replace(`/${page.css}`, made.css)
    .replace(`/${page.js}`, `/${made.js}`)
    .replace('<!-- preload -->', preloads.join('\n  '))
    .replace(/<!--[\s\S]*?-->\s*/g, '');
  emit(name, html, false);
  return { scripts, later };
}

function check(failures, what, size, budget) {
  console.log(`${what.padEnd(34)} ${String(size).padStart(7)} of ${budget}`);
  if (size > budget) failures.push(`${what} is ${size} bytes, the budget is ${budget}`);
}

async function buildPage(page, iconsUrl, failures) {
  const lazy = lazyParts(ROOT, page.js);
  const css = await styles([page.css, ...(page.common ? [page.common.css] : []), ...lazy.map(styleOf)]);
  const stylesOf = (source) => [page.common?.parts.test(source) ? css.get(page.common.css) : null, css.get(styleOf(source)) ?? null].filter(Boolean);
  const outputs = await run({
    entryPoints: [page.js],
    splitting: true,
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { ICONS_URL: JSON.stringify(iconsUrl), 'process.env.NODE_ENV': '"production"' },
    plugins: [partsOf(ROOT, { stylesOf, lazy, shared: page.shared ?? null })],
  });
  const made = { outputs, js: outputOf(outputs, page.js), css: css.get(page.css) };
  const parts = lazy.map((source) => ({ source, js: outputOf(outputs, source), css: stylesOf(source), own: css.get(styleOf(source)) ?? null }));
  const { scripts } = writeHtml(page, page.html, made, null);
  const budget = BUDGETS[page.name];
  const landing = { js: 0, css: 0 };
  for (const [name, source] of page.routes ? Object.entries(routesOf(page.routes)) : []) {
    const part = parts.find((one) => one.source === source);
    if (!part) throw new Error(`${page.routes}: ${source} of "${name}" is not loaded lazily`);
    const { later } = writeHtml(page, page.html.replace('.html', `.${name}.html`), made, part);
    if (name === page.landing) Object.assign(landing, { js: sum(later), css: sum(part.css.map((href) => href.slice(1))) });
  }
  check(failures, `${page.name}: first load, JS`, sum(scripts) + landing.js, budget.js);
  check(failures, `${page.name}: first load, CSS`, wire(made.css.slice(1)) + landing.css, budget.css);
  for (const part of parts) {
    const name = relative('src', part.source).replace(/(\/index)?\.tsx?$/, '');
    check(failures, `  ${name}, JS`, sum([...firstLoad(outputs, part.js)].filter((path) => !scripts.includes(path))), BUDGET_LAZY_JS);
    if (part.own) check(failures, `  ${name}, CSS`, wire(part.own.slice(1)), BUDGET_LAZY_CSS);
  }
}

/** { calendar: 'src/calendar/CalendarPage.tsx', … }: the first name of each line with a load. */
function routesOf(list) {
  const text = readFileSync(join(ROOT, list), 'utf8');
  return Object.fromEntries([...text.matchAll(/name: '([a-z-]+)'.*import\('([^']+)'\)/g)].map(([, name, path]) => [name, resolveSource(join(ROOT, dirname(list)), path)]));
}

function resolveSource(folder, path) {
  const base = join(folder, path);
  const found = [`${base}.tsx`, `${base}.ts`, join(base, 'index.tsx'), base].find((file) => existsSync(file) && extname(file) !== '');
  if (!found) throw new Error(`there is no ${relative(ROOT, base)}`);
  return relative(ROOT, found);
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
  for (const page of pages) await buildPage(page, icons.path, failures);

  const all = sum(files.filter((file) => file.file.endsWith('.js')).map((file) => file.file));
  check(failures, 'all JS', all, BUDGET_ALL_JS);
  check(failures, 'icons', wire(icons.file), BUDGET_ICONS);

  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  writeFileSync(join(DIST, 'manifest.json'), `${JSON.stringify({ files }, null, 1)}\n`);
  if (!DEV && failures.length > 0) {
    console.error(`size budget exceeded:\n  ${failures.join('\n  ')}`);
    rmSync(join(DIST, 'manifest.json'));
    process.exit(1);
  }
}

await main();
