/** When in the week something suits: the days of one time of day together. Pure. */
export interface WeekWindow { readonly weekday: number; readonly start: string; readonly end: string }
export interface WindowGroup { readonly days: readonly number[]; readonly start: string; readonly end: string }

export function groupWindows(windows: readonly WeekWindow[]): WindowGroup[] {
  const groups = new Map<string, { days: number[]; start: string; end: string }>();
  for (const { weekday, start, end } of windows) {
    const key = `${start}-${end}`;
    const group = groups.get(key) ?? { days: [], start, end };
    groups.set(key, group);
    if (!group.days.includes(weekday)) group.days.push(weekday);
  }
  return [...groups.values()].map((group) => ({ ...group, days: group.days.sort((a, b) => a - b) }));
}
