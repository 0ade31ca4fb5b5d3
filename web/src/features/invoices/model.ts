/** What can still be credited of an invoice. Pure. */
import type { DocumentItem, DocumentLine } from '../../api/types';

export type Standing = 'open' | 'paid' | 'credited' | 'partly';

/** Of an invoice on the day it is looked at: what is still asked for, then what credit notes took back. */
export function standing(d: Pick<DocumentItem, 'total_minor' | 'open_minor' | 'credited_minor'>): Standing {
  if (d.credited_minor >= d.total_minor && d.total_minor > 0) return 'credited';
  if (d.open_minor > 0) return 'open';
  return d.credited_minor > 0 ? 'partly' : 'paid';
}

/** What is left of each line, by position, less what credit notes took. */
export function left(lines: readonly DocumentLine[], credits: readonly (readonly DocumentLine[])[]): Map<number, number> {
  const rest = new Map(lines.map((l) => [l.position, l.total_minor]));
  for (const credit of credits) for (const l of credit) rest.set(l.position, (rest.get(l.position) ?? 0) - l.total_minor);
  return rest;
}
