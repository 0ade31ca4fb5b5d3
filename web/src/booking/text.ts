import { pickLanguage, translator, type Catalogue, type Translator } from '../lib/i18n';
import en from '../locales/booking.en.json';

export const t = translator(en, 'en');

const MORE: Record<string, () => Promise<{ default: Catalogue }>> = {
  de: () => import('../locales/booking.de.json'),
};

type Any = Pick<Translator<string>, 'use'>;
const speakers: Any[] = [t];
let chosen: { texts: Catalogue; language: string } | null = null;

/** A part's own texts take the visitor's language too, whichever of both comes first. */
export function speaks(one: Any): void {
  speakers.push(one);
  if (chosen) one.use(chosen.texts, chosen.language);
}

/** Before the first drawing: the visitor's language, when there is a catalogue for it. */
export async function loadLanguage(): Promise<void> {
  const language = pickLanguage(navigator.languages, ['en', ...Object.keys(MORE)]);
  const load = language ? MORE[language] : undefined;
  if (!language || !load) return;
  try {
    chosen = { texts: (await load()).default, language };
    for (const one of speakers) one.use(chosen.texts, language);
    document.documentElement.lang = language;
  } catch {
    /* English is better than nothing. */
  }
}

/** The locale for dates and money: the visitor's region when it speaks the language of the texts. */
export function locale(): string {
  return navigator.languages.find((name) => name.split('-')[0] === t.language()) ?? t.language();
}
