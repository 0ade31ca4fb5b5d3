/*
 * lint.mjs - what the content security policy forbids must not enter the source: markup from strings, code from strings,
 * style attributes and inline scripts. The policy would stop them at run time; this stops them earlier. And words for people
 * stand in catalogues (texts.mjs).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintTexts } from './texts.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const CODE_RULES = [
  [/\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|setHTMLUnsafe|document\.write)\b/, 'markup from a string'],
  [/\beval\s*\(|\bnew Function\b|\bset(?:Timeout|Interval)\(\s*['"`]/, 'code from a string'],
  [/\bstyle=["'`]/, 'a style attribute (use a class, or style={{…}}, which sets properties)'],
  [/cssText/, 'a style sheet from a string'],
  [/\bjavascript:/, 'a javascript: address'],
  [/\bas any\b|:\s*any\b|@ts-ignore|@ts-nocheck/, 'a way round the type checker'],
  [/\bconsole\.(log|debug)\b/, 'a forgotten console call'],
];
const PAGE_RULES = [
  [/\sstyle=/, 'a style attribute'],
  [/<style\b/, 'an inline style sheet'],
  [/\son[a-z]+=/, 'an inline event handler'],
  [/<script(?![^>]*\ssrc=)/, 'an inline script'],
  [/(?:src|href)="(?:https?:)?\/\//, 'a file from another host'],
];
const STYLE_RULES = [
  [/url\(\s*['"]?(?:https?:|data:|\/\/)/, 'a file from another host or a data: address'],
  [/outline:\s*(?:none|0)\s*;(?!\s*\/\* ring: )/, 'a removed focus ring (say where the ring is: /* ring: … */)'],
];
const RULES = { '.ts': CODE_RULES, '.tsx': CODE_RULES, '.html': PAGE_RULES, '.css': STYLE_RULES };

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const pages = readdirSync(ROOT).filter((name) => name.endsWith('.html')).map((name) => join(ROOT, name));
let found = 0;
const sources = walk(join(ROOT, 'src'));
for (const path of [...pages, ...sources]) {
  const rules = RULES[extname(path)] ?? [];
  readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
    for (const [pattern, what] of rules) {
      if (!pattern.test(line)) continue;
      console.error(`${relative(ROOT, path)}:${index + 1}: ${what}: ${line.trim()}`);
      found += 1;
    }
  });
}
for (const message of lintTexts(ROOT, sources)) {
  console.error(message);
  found += 1;
}
console.log(`lint: ${found} found`);
process.exit(found > 0 ? 1 : 0);
