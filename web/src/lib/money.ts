/** Money is an integer of minor units and a currency; nothing here computes with fractions. */

/* As the server counts (ISO 4217, core/base/money.c). Browsers have digits of their own: none for HUF, COP, IDR, RSD, IQD. */
const NONE = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const THREE = 'BHD IQD JOD KWD LYD OMR TND';
const digitsOf = (currency: string): number => (NONE.includes(currency) ? 0 : THREE.includes(currency) ? 3 : 2);

/** "€45.00", or "€45" when `short` and there is nothing behind the point; "Ft 4,500" as browsers write it where nothing is. */
export function formatMoney(minor: number, currency: string, locale?: string, short = false): string {
  const digits = digitsOf(currency);
  const scale = 10 ** digits;
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, ...(minor % scale ? { minimumFractionDigits: digits } : short ? { minimumFractionDigits: 0 } : {}) }).format(minor / scale);
  } catch {
    /* Not a currency Intl knows. */
    return `${editMoney(minor, currency)} ${currency}`;
  }
}

/** What was typed into a price field, as minor units; null when it is not an amount. Accepts "45", "45.5", "45,50"; not "1,000", which is a thousand to one and one to another. */
export function parseMoney(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const match = /^\s*(\d{1,9})(?:[.,](\d{1,4}))?\s*$/.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? '';
  if (fraction.length > digits) return null;
  return Number(match[1]) * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0);
}

/** Minor units as they stand in a price field: "45.50". */
export function editMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(digits);
}
