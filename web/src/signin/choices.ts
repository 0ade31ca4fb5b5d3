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

const OF_ZONE: Readonly<Record<string, string>> = {
  London: 'GBP', Belfast: 'GBP', Zurich: 'CHF', Vaduz: 'CHF', Stockholm: 'SEK', Oslo: 'NOK', Copenhagen: 'DKK', Warsaw: 'PLN', Prague: 'CZK',
  Budapest: 'HUF', Bucharest: 'RON', Istanbul: 'TRY', Kyiv: 'UAH', Kiev: 'UAH', Belgrade: 'RSD', Tirane: 'ALL', Chisinau: 'MDL', Moscow: 'RUB',
};

/** A guess: where the clock stands says more about Europe than the language does. */
export function currencyFor(language: string, zone: string): string {
  if (zone.startsWith('Europe/')) return OF_ZONE[zone.slice(7)] ?? 'EUR';
  const region = /-([A-Z]{2})\b/.exec(language)?.[1] ?? '';
  return OTHER[region] ?? (EURO.includes(region) ? 'EUR' : 'USD');
}
