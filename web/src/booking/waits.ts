/** When a time would suit, as the server keeps it. Pure. */
import type { WeekWindow } from '../lib/windows';

export const DAY_PARTS = ['morning', 'afternoon', 'evening'] as const;
export type Part = (typeof DAY_PARTS)[number];

const SPANS: Readonly<Record<Part, readonly [string, string]>> = { morning: ['00:00', '12:00'], afternoon: ['12:00', '17:00'], evening: ['17:00', '24:00'] };

/** Parts that touch are one window: a time over noon suits who comes in the morning and in the afternoon. Without a choice every time suits. */
export function windowsOf(days: ReadonlySet<number>, parts: ReadonlySet<Part>): WeekWindow[] {
  if (days.size === 0 && parts.size === 0) return [];
  const spans: [string, string][] = [];
  for (const part of DAY_PARTS) {
    if (parts.size > 0 && !parts.has(part)) continue;
    const [start, end] = SPANS[part];
    const last = spans[spans.length - 1];
    if (last && last[1] === start) last[1] = end;
    else spans.push([start, end]);
  }
  return [1, 2, 3, 4, 5, 6, 7].filter((day) => days.size === 0 || days.has(day)).flatMap((weekday) => spans.map(([start, end]) => ({ weekday, start, end })));
}
