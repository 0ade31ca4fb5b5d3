/** A clinic's own colour, made readable: the brand may choose the hue, never the contrast. */

type Rgb = readonly [number, number, number];

export function parseHex(text: string): Rgb | null {
  const match = /^#([0-9a-f]{6})$/i.exec(text.trim());
  if (!match) return null;
  const value = parseInt(match[1] as string, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
export function toHex(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}
const mix = (from: Rgb, to: Rgb, share: number): Rgb => from.map((part, i) => part + ((to[i] as number) - part) * share) as unknown as Rgb;

/** The colour, moved towards `towards` until it stands out from the ground. */
function readable(color: Rgb, ground: Rgb, towards: Rgb, wanted: number): Rgb {
  for (let share = 0; share < 1; share += 0.04) {
    const candidate = mix(color, towards, share);
    if (contrast(candidate, ground) >= wanted) return candidate;
  }
  return towards;
}
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const on = (color: Rgb): Rgb => (contrast(WHITE, color) >= 4.5 ? WHITE : mix(color, BLACK, 0.86));

export interface BrandColors {
  light: string;
  onLight: string;
  dark: string;
  onDark: string;
}

/** Contrast 4.5 as text on the softest ground it meets in each theme (accent-soft on white, surface-2 in the dark). */
export function brandColors(hex: string): BrandColors | null {
  const color = parseHex(hex);
  if (!color) return null;
  const light = readable(color, [228, 233, 231], BLACK, 4.6);
  const dark = readable(color, [43, 51, 49], WHITE, 4.9);
  return { light: toHex(light), onLight: toHex(on(light)), dark: toHex(dark), onDark: toHex(on(dark)) };
}

/** Through CSSOM: the content security policy forbids style attributes, not style properties. */
export function applyBrand(hex: string | null, target: HTMLElement = document.documentElement): void {
  const colors = hex ? brandColors(hex) : null;
  if (!colors) return;
  target.style.setProperty('--brand-light', colors.light);
  target.style.setProperty('--on-brand-light', colors.onLight);
  target.style.setProperty('--brand-dark', colors.dark);
  target.style.setProperty('--on-brand-dark', colors.onDark);
}
