/** Money is an integer of minor units and a currency; nothing here computes with fractions. */

function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** "€45.00", or "€45" when `short` and there is nothing behind the point. */
export function formatMoney(minor: number, currency: string, locale?: string, short = false): string {
  try {
    const digits = digitsOf(currency);
    const scale = 10 ** digits;
    const whole = short && minor % scale === 0;
    return new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: whole ? 0 : digits }).format(minor / scale);
  } catch {
    /* Not a currency Intl knows. */
    return `${(minor / 100).toFixed(2)} ${currency}`;
  }
}

/** What was typed into a price field, as minor units; null when it is not an amount. Accepts "45", "45.5", "45,50". */
export function parseMoney(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const match = /^\s*(\d{1,9})(?:[.,](\d{1,4}))?\s*$/.exec(text);
  if (!match) return null;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > digits) return null;
  return Number(match[1]) * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0);
}

/** Minor units as they stand in a price field: "45.50". */
export function editMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(digits);
}
