/** What a count means. Pure. */

export type Verdict = 'exact' | 'short' | 'over';

export function verdict(counted: number, expected: number): { readonly kind: Verdict; readonly by: number } {
  const by = counted - expected;
  return { kind: by === 0 ? 'exact' : by < 0 ? 'short' : 'over', by: Math.abs(by) };
}
