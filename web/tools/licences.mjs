/* licences.mjs - the licence texts of what is shipped inside dist/, as their authors ask. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHIPPED = ['preact', '@preact/signals', '@preact/signals-core', 'lucide-static', '@fontsource-variable/inter'];

export function licences(root) {
  return SHIPPED.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(72)}\n\n`);
}
