/*
 * texts.mjs - words for people stand in catalogues. Finds JSX text and attributes that hold words in the staff application, keys
 * that nobody uses, and keys of features that the shell has too. (The booking page has been held to it by its tests.)
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** Attributes that people read or hear. Those of our components are listed with those of HTML. */
const READ = new Set(['label', 'title', 'text', 'lead', 'hint', 'placeholder', 'aria-label', 'alt', 'optional', 'closeLabel', 'retryLabel', 'saveLabel', 'addLabel', 'what', 'add', 'listTitle', 'newTitle', 'emptyText', 'caption', 'legend', 'data-invalid', 'aria-roledescription', 'aria-valuetext']);
const WORD = /[A-Za-z]{2,}/;

/** Literal words in one file: [line, text]. */
function literals(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found = [];
  const note = (node, words) => found.push([source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, words.trim().slice(0, 60)]);
  const visit = (node) => {
    if (ts.isJsxText(node) && WORD.test(node.text) && node.parent.openingElement?.tagName.getText(source) !== 'kbd') note(node, node.text);
    if (ts.isJsxAttribute(node) && READ.has(node.name.getText(source)) && node.initializer) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (value && ts.isStringLiteralLike(value) && WORD.test(value.text) && !value.text.startsWith('https://')) note(node, value.text);
      if (value && ts.isTemplateExpression(value) && [value.head, ...value.templateSpans.map((span) => span.literal)].some((part) => WORD.test(part.text))) note(node, value.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Keys of a catalogue that no given source mentions; a key that is put together counts by its beginning. */
function unused(catalogue, sources) {
  const all = sources.join('\n');
  const begun = [...all.matchAll(/t\(`([\w.]+)\$\{/g)].map((match) => match[1]);
  return Object.keys(JSON.parse(readFileSync(catalogue, 'utf8'))).filter((key) => !all.includes(`'${key}'`) && !begun.some((start) => key.startsWith(start)));
}

/** Messages for every mistake below src/. `files` are absolute paths. */
export function lintTexts(root, files) {
  const staff = files.filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path) && /\/src\/(app|calendar|features)\//.test(path));
  const messages = [];
  const texts = new Map(staff.map((path) => [path, readFileSync(path, 'utf8')]));
  for (const [path, text] of texts) {
    if (!path.endsWith('.tsx')) continue;
    for (const [line, words] of literals(path, text)) messages.push(`${relative(root, path)}:${line}: words outside a catalogue (t('…')): ${words}`);
  }
  const catalogues = [join(root, 'src/locales/en.json'), ...new Set(staff.map((path) => join(dirname(path), 'en.json')).filter((path) => existsSync(path)))];
  for (const catalogue of catalogues) {
    const own = catalogue.includes('/features/') ? [...texts].filter(([path]) => path.startsWith(`${dirname(catalogue)}/`)) : [...texts];
    for (const key of unused(catalogue, own.map(([, text]) => text))) messages.push(`${relative(root, catalogue)}: nobody uses "${key}"`);
  }
  return messages;
}
