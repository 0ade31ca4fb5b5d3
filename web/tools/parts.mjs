/*
 * parts.mjs - the lazy parts of a page: every module that is reached by import('…').
 *
 * A style sheet that stands beside such a module under the same name (features/clients/index.tsx, index.css) is its own
 * file too: `import('./x')` becomes `withStyle(import('./x'), ['/assets/x-HASH.css'])`, so that all are asked for at once.
 * And each part imports what the page shares, which makes that one file however many parts there are (a bundler would
 * otherwise cut it into as many pieces as there are combinations of parts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const LAZY = /\bimport\('(\.[^']+)'\)/g;
const EAGER = /(?:^|\n)\s*(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)'|(?:^|\n)import '(\.[^']+)'/g;

function find(root, folder, path) {
  const base = resolve(folder, path);
  const found = [`${base}.tsx`, `${base}.ts`, join(base, 'index.tsx'), join(base, 'index.ts')].find((file) => existsSync(file));
  return found ? relative(root, found) : null;
}

/** The sources that are imported lazily, from an entry point on; sorted. */
export function lazyParts(root, entry) {
  const seen = new Set();
  const parts = new Set();
  const visit = (source) => {
    if (seen.has(source)) return;
    seen.add(source);
    const text = readFileSync(join(root, source), 'utf8');
    const folder = dirname(join(root, source));
    for (const [, path] of text.matchAll(LAZY)) {
      const part = find(root, folder, path);
      if (!part) continue; // JSON: a catalogue of texts
      parts.add(part);
      visit(part);
    }
    for (const [, one, two] of text.matchAll(EAGER)) {
      const next = find(root, folder, one ?? two);
      if (next) visit(next);
    }
  };
  visit(entry);
  return [...parts].sort();
}

/** The esbuild plugin. stylesOf(source): the addresses of the part's style sheets. */
export function partsOf(root, { stylesOf, lazy, shared }) {
  const styled = (text, folder) => {
    let used = false;
    const out = text.replace(LAZY, (whole, path) => {
      const part = find(root, folder, path);
      const css = part ? stylesOf(part) : [];
      if (css.length === 0) return whole;
      used = true;
      return `withStyle(${whole}, ${JSON.stringify(css)})`;
    });
    return used ? `import { withStyle } from ${JSON.stringify(join(root, 'src/lib/part.ts'))};\n${out}` : out;
  };
  return {
    name: 'parts',
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.tsx?$/ }, ({ path }) => {
        let contents = styled(readFileSync(path, 'utf8'), dirname(path));
        if (shared && lazy.includes(relative(root, path))) contents += `\nimport ${JSON.stringify(join(root, shared))};\n`;
        return { contents, loader: path.endsWith('x') ? 'tsx' : 'ts', resolveDir: dirname(path) };
      });
    },
  };
}
