/**
 * A language that nobody speaks, for tests: every text is marked, longer by two fifths and full of accents. What is still plain
 * English on a screen did not come from a catalogue, and what breaks would break in German.
 */
const ACCENTS: Readonly<Record<string, string>> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', c: 'ç', n: 'ñ', y: 'ý', A: 'Å', E: 'Ë', I: 'Ï', O: 'Ö', U: 'Ü', N: 'Ñ' };

export function pseudo(text: string): string {
  if (!/[A-Za-z]{2}/.test(text.replace(/\{\w+\}/g, ''))) return text;
  const marked = text.replace(/\{\w+\}|[A-Za-z]/g, (part) => ACCENTS[part] ?? part);
  return `⟦${marked}${'~'.repeat(Math.ceil(text.length * 0.4))}⟧`;
}

export const PSEUDO = 'pseudo';
