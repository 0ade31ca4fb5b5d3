/** What the registration form proposes. Pure. */

/** "Praxis Dr. Müller & Söhne" -> "praxis-dr-muller-sohne" */
export function slugOf(name: string): string {
  return name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/ß/g, 'ss').toLowerCase()
    .replace(/[^a-z0-9]+/g, '-').slice(0, 48).replace(/^-+|-+$/g, '');
}

const supported = (kind: 'timeZone' | 'currency', fallback: string[]): string[] => {
  try {
    return Intl.supportedValuesOf(kind);
  } catch {
    return fallback;
  }
};

export function zoneNames(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([...supported('timeZone', []), own, 'UTC'])].sort();
}

export function currencyNames(language: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames([language, 'en'], { type: 'currency' });
  return supported('currency', ['EUR', 'GBP', 'USD', 'CHF']).map((code) => ({ code, name: names.of(code) ?? code }));
}

const EURO = 'AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'.split(' ');
const OTHER: Readonly<Record<string, string>> = {
  US: 'USD', GB: 'GBP', CH: 'CHF', AU: 'AUD', NZ: 'NZD', CA: 'CAD', SE: 'SEK', NO: 'NOK', DK: 'DKK', PL: 'PLN', CZ: 'CZK', HU: 'HUF',
  RO: 'RON', BG: 'BGN', TR: 'TRY', IN: 'INR', JP: 'JPY', CN: 'CNY', KR: 'KRW', BR: 'BRL', MX: 'MXN', ZA: 'ZAR', IL: 'ILS', AE: 'AED', SG: 'SGD', HK: 'HKD',
};

/** A guess from the region of the language, then from the zone. */
export function currencyFor(language: string, zone: string): string {
  const region = /-([A-Z]{2})\b/.exec(language)?.[1] ?? '';
  const ofRegion = EURO.includes(region) ? 'EUR' : OTHER[region];
  if (zone === 'Europe/London') return 'GBP';
  if (zone === 'Europe/Zurich') return 'CHF';
  if (zone.startsWith('Europe/') && (ofRegion === undefined || region === 'US')) return 'EUR';
  return ofRegion ?? 'USD';
}
