/** What can open over every page of the staff application. */
import { signal } from '@preact/signals';

export const paletteOpen = signal(false);
export const shortcutsOpen = signal(false);
