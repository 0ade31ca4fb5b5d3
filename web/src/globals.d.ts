/** Address of the icon sprite, set by build.mjs. */
declare const ICONS_URL: string;
