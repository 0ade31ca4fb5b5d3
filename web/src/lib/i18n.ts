/**
 * Texts of the interface. A catalogue is a JSON file of plain strings with {name} places, or {one, other…} objects chosen
 * by params.count. Each entry of the application makes its own `t` from its own catalogue, so the booking page does not
 * carry the staff's words.
 *
 *   import en from '../locales/booking.en.json';
 *   export const t = translator(en, 'en');
 *   t('slots.count', { count: 3 })
 */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;
export type Catalogue = Readonly<Record<string, string | Plural>>;
export type Params = Readonly<Record<string, string | number>>;

export interface Translator<K extends string> {
  (key: K, params?: Params): string;
  /** Puts another language over the one it was made with; a text it lacks stays in the first language. */
  use(catalogue: Partial<Record<K, string | Plural>>, language: string): void;
  language(): string;
}

let spell: (text: string) => string = (text) => text;

/** Every text goes through `how` from now on (the pseudo language of the tests). */
export function spellWith(how: (text: string) => string): void {
  spell = how;
}

export function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => String(params[name] ?? place));
}

export function translator<C extends Catalogue>(first: C, firstLanguage: string): Translator<keyof C & string> {
  type K = keyof C & string;
  let over: Partial<Record<K, string | Plural>> = {};
  let language = firstLanguage;
  const overRules = { rules: new Intl.PluralRules(firstLanguage) };
  const firstRules = new Intl.PluralRules(firstLanguage);

  const choose = (entry: string | Plural, params: Params, rules: Intl.PluralRules): string =>
    typeof entry === 'string' ? entry : (entry[rules.select(Number(params['count'] ?? 0))] ?? entry.other);

  const t = (key: K, params: Params = {}): string => {
    const own = over[key];
    if (own !== undefined) return fill(spell(choose(own, params, overRules.rules)), params);
    return fill(spell(choose(first[key] ?? key, params, firstRules)), params);
  };
  return Object.assign(t, {
    use(catalogue: Partial<Record<K, string | Plural>>, name: string): void {
      over = catalogue;
      language = name;
      overRules.rules = new Intl.PluralRules(name);
    },
    language: () => language,
  });
}

/** The best of `offered` for a list of wishes ("de-AT" takes "de"). */
export function pickLanguage(wishes: readonly string[], offered: readonly string[]): string | null {
  for (const wish of wishes) {
    const exact = offered.find((name) => name.toLowerCase() === wish.toLowerCase());
    const base = exact ?? offered.find((name) => name === wish.split('-')[0]?.toLowerCase());
    if (base) return base;
  }
  return null;
}
