/**
 * The screens of the staff application, in the order of the navigation. One line each (see "A new screen" in web/README.md):
 *
 *   name        its address is /app/NAME and all below it
 *   title       key of its name in locales/en.json
 *   icon        of the navigation; null keeps the screen out of it
 *   permission  without it the screen is not offered; null: everybody
 *   badge       a number beside the name: path of the API, what to take of the answer, key of the query cache
 *   load        import() of the folder: a part of its own, with index.css beside index.tsx as its own style sheet
 *
 * tools/parts.mjs and build.mjs read this file: name and load of a screen stand on one line.
 */
import type { ComponentType } from 'preact';
import type { Permission } from '../api/types';
import type { IconName } from '../ui/icons';
import type { Key as QueryKey } from '../lib/query';
import type en from '../locales/en.json';

/** What a screen gets: the part of the address below its own ("", "new", "ID/notes"). */
export interface ScreenProps { readonly rest: string }

export interface Badge { readonly path: string; readonly pick: (data: unknown) => number; readonly key: QueryKey }

export interface Route {
  readonly name: string;
  readonly title: keyof typeof en;
  readonly icon: IconName | null;
  readonly permission: Permission | null;
  readonly badge?: Badge;
  readonly load: () => Promise<{ readonly default: ComponentType<ScreenProps> }>;
}

export const ROUTES: readonly Route[] = [
  { name: 'calendar', title: 'nav.calendar', icon: 'calendar-days', permission: 'schedule.read', load: () => import('../calendar/CalendarPage') },
  { name: 'flow', title: 'nav.flow', icon: 'clock', permission: 'schedule.read', load: () => import('../features/flow') },
  { name: 'clients', title: 'nav.clients', icon: 'users', permission: 'clients.read', load: () => import('../features/clients') },
  { name: 'requests', title: 'nav.requests', icon: 'calendar-check', permission: 'schedule.read', badge: { path: 'requests/count', key: ['requests', 'count'], pick: (data) => (data as { waiting: number }).waiting }, load: () => import('../features/requests') },
  { name: 'links', title: 'nav.links', icon: 'link', permission: 'schedule.read', load: () => import('../features/links') },
  { name: 'groups', title: 'nav.groups', icon: 'calendar-clock', permission: 'schedule.read', load: () => import('../features/groups') },
  { name: 'waitlist', title: 'nav.waitlist', icon: 'hourglass', permission: 'schedule.read', load: () => import('../features/waitlist') },
  { name: 'wallets', title: 'nav.wallets', icon: 'wallet', permission: 'wallets.read', load: () => import('../features/wallets') },
  { name: 'reslot', title: 'nav.reslot', icon: null, permission: 'schedule.write', load: () => import('../features/reslot') },
  { name: 'orders', title: 'nav.orders', icon: 'credit-card', permission: 'orders.read', load: () => import('../features/orders') },
  { name: 'ledger', title: 'nav.ledger', icon: 'book-open', permission: 'ledger.read', load: () => import('../features/ledger') },
  { name: 'till', title: 'nav.till', icon: 'banknote', permission: 'orders.read', load: () => import('../features/till') },
  { name: 'invoices', title: 'nav.invoices', icon: 'receipt', permission: 'orders.read', load: () => import('../features/invoices') },
  { name: 'settings', title: 'nav.settings', icon: 'settings', permission: null, load: () => import('../features/settings') },
  { name: 'audit', title: 'nav.audit', icon: 'history', permission: 'audit.read', load: () => import('../features/audit') },
];
