import { pickLanguage, translator } from '../lib/i18n';
import en from '../locales/booking.en.json';

export const t = translator(en, 'en');

type Texts = Partial<typeof en>;
const MORE: Record<string, () => Promise<{ default: Texts }>> = {
  de: () => import('../locales/booking.de.json'),
};

/** Before the first drawing: the visitor's language, when there is a catalogue for it. */
export async function loadLanguage(): Promise<void> {
  const language = pickLanguage(navigator.languages, ['en', ...Object.keys(MORE)]);
  const load = language ? MORE[language] : undefined;
  if (!language || !load) return;
  try {
    t.use((await load()).default, language);
    document.documentElement.lang = language;
  } catch {
    /* English is better than nothing. */
  }
}

/** The locale for dates and money: the visitor's region when it speaks the language of the texts. */
export function locale(): string {
  return navigator.languages.find((name) => name.split('-')[0] === t.language()) ?? t.language();
}
