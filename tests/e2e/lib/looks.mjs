/* Every screen is looked at light and dark, wide, on a phone and at 320 px (400 % zoom): axe finds nothing, nothing scrolls
 * sideways. */
import { expectAccessible, expectNoSideways, settled } from './fixtures.mjs';

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 900 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
  { name: '320 px, dark', colorScheme: 'dark', width: 320, height: 640 },
];

/** Light, dark and narrow in two glances, for screens inside a longer walk. */
export const GLANCES = [LOOKS[0], { name: 'phone, dark', colorScheme: 'dark', width: 390, height: 844 }];

/** Looks at the present screen in all looks and goes back to the first. */
export async function inspect(page, what, looks = LOOKS) {
  for (const look of looks) {
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await settled(page);
    await expectNoSideways(page, `${what}, ${look.name}`);
    await expectAccessible(page, `${what}, ${look.name}`);
  }
  await page.setViewportSize({ width: LOOKS[0].width, height: LOOKS[0].height });
  await page.emulateMedia({ colorScheme: LOOKS[0].colorScheme });
}
