/* icons.mjs - one SVG sprite of the icons named in src/ui/icons.ts, from lucide-static (ISC). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function iconNames(root) {
  const list = readFileSync(join(root, 'src/ui/icons.ts'), 'utf8');
  return [...list.matchAll(/^\s*'([a-z0-9-]+)',/gm)].map((match) => match[1]);
}

function symbol(root, name) {
  const svg = readFileSync(join(root, 'node_modules/lucide-static/icons', `${name}.svg`), 'utf8');
  const body = svg.replace(/<!--[\s\S]*?-->/g, '').replace(/[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>')}</symbol>`;
}

export function iconSprite(root) {
  const symbols = iconNames(root).map((name) => symbol(root, name));
  return `<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${symbols.join('')}</svg>\n`;
}
