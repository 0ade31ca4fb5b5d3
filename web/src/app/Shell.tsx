/** Navigation, banners, the page of the address, and what can open over every page. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import type { Permission } from '../api/types';
import { CalendarPage } from '../calendar/CalendarPage';
import { AppointmentHost } from '../calendar/AppointmentDialog';
import { openNew } from '../calendar/open';
import { ConflictHost } from '../calendar/ConflictDialog';
import { address, match, navigate } from '../lib/router';
import { Icon } from '../ui/Icon';
import type { IconName } from '../ui/icons';
import { Avatar } from '../ui/Avatar';
import { Empty } from '../ui/State';
import { showToast } from '../ui/Toast';
import { live } from './live';
import { Palette, paletteOpen } from './Palette';
import { can, session, signOut } from './session';
import { SessionWarning } from './SessionWarning';
import { listen } from './shortcuts';
import { ShortcutsDialog, shortcutsOpen } from './ShortcutsDialog';
import { setTheme, theme, type Theme } from './theme';
import { Disclosure } from './ui/Menu';
import { Denied, Loading, Page } from './ui/Page';
import { Segmented } from './ui/Segmented';

interface NavItem { readonly href: string; readonly label: string; readonly icon: IconName; readonly permission: Permission }

const NAV: readonly NavItem[] = [
  { href: '/app/calendar', label: 'Calendar', icon: 'calendar-days', permission: 'schedule.read' },
  { href: '/app/clients', label: 'Clients', icon: 'users', permission: 'clients.read' },
  { href: '/app/settings', label: 'Settings', icon: 'settings', permission: 'settings.read' },
  { href: '/app/audit', label: 'Audit log', icon: 'history', permission: 'audit.read' },
];

type Loader = () => Promise<ComponentType<{ params: Record<string, string> }>>;
interface Route { readonly pattern: string; readonly permission: Permission | null; readonly load: Loader }

const ROUTES: readonly Route[] = [
  { pattern: '/app/clients', permission: 'clients.read', load: async () => (await import('../features/clients/ClientsPage')).ClientsPage },
  { pattern: '/app/clients/new', permission: 'clients.write', load: async () => (await import('../features/clients/ClientsPage')).NewClientPage },
  { pattern: '/app/clients/:id', permission: 'clients.read', load: async () => (await import('../features/clients/ClientPage')).ClientPage },
  { pattern: '/app/clients/:id/:tab', permission: 'clients.read', load: async () => (await import('../features/clients/ClientPage')).ClientPage },
  { pattern: '/app/settings', permission: null, load: async () => (await import('../features/settings/SettingsPage')).SettingsPage },
  { pattern: '/app/settings/:section', permission: null, load: async () => (await import('../features/settings/SettingsPage')).SettingsPage },
  { pattern: '/app/settings/:section/:id', permission: null, load: async () => (await import('../features/settings/SettingsPage')).SettingsPage },
  { pattern: '/app/audit', permission: 'audit.read', load: async () => (await import('../features/audit/AuditPage')).AuditPage },
];

const online = signal(typeof navigator === 'undefined' ? true : navigator.onLine);

function visible(item: NavItem): boolean {
  // Everybody has settings of their own (sessions, keys); what concerns the clinic asks for more.
  return item.href === '/app/settings' || can(item.permission);
}

function runShortcut(id: string): boolean {
  const { path, query } = address.value;
  const places: Record<string, string> = { 'go.calendar': '/app/calendar', 'go.clients': '/app/clients', 'go.settings': '/app/settings' };
  const to = places[id];
  if (to) navigate(to);
  else if (id === 'keys') shortcutsOpen.value = true;
  else if (id === 'new' && can('schedule.write')) openNew(path.startsWith('/app/clients') ? {} : { date: query.get('date') ?? undefined });
  else return false;
  return true;
}

export function Shell() {
  useEffect(() => listen(runShortcut), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        paletteOpen.value = !paletteOpen.value;
      }
    };
    const onNet = (): void => { online.value = navigator.onLine; };
    window.addEventListener('keydown', onKey);
    window.addEventListener('online', onNet);
    window.addEventListener('offline', onNet);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('online', onNet);
      window.removeEventListener('offline', onNet);
    };
  }, []);
  return (
    <div class="shell">
      <a class="skip-link" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to content</a>
      <Sidebar />
      <div class="shell-main">
        {!online.value ? (
          <p class="banner" role="status"><Icon name="wifi-off" size="sm" /> You are offline. What you see may be old, and changes cannot be saved.</p>
        ) : null}
        <main id="main" tabIndex={-1}><Outlet /></main>
      </div>
      <SessionWarning />
      {paletteOpen.value ? <Palette pages={NAV.filter(visible)} /> : null}
      {shortcutsOpen.value ? <ShortcutsDialog /> : null}
      <AppointmentHost />
      <ConflictHost />
    </div>
  );
}

function Outlet() {
  const { path } = address.value;
  if (path === '/app' || path === '/app/' || path.startsWith('/app/calendar')) return can('schedule.read') ? <CalendarPage /> : <Page title="Calendar"><Denied /></Page>;
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (!params) continue;
    if (route.permission && !can(route.permission)) return <Page title="No access"><Denied /></Page>;
    return <Lazy key={route.pattern.split('/')[2]} route={route} params={params} />;
  }
  return <Page title="Not found"><Empty icon="circle-help" title="There is no such page" text="The address may be mistyped, or the page has moved."><a class="btn btn-primary" href="/app/calendar">Go to the calendar</a></Empty></Page>;
}

function Lazy({ route, params }: { readonly route: Route; readonly params: Record<string, string> }) {
  const [loaded, setLoaded] = useState<{ pattern: string; Part: ComponentType<{ params: Record<string, string> }> } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let current = true;
    setFailed(false);
    route.load().then((Part) => { if (current) setLoaded({ pattern: route.pattern, Part }); }, () => { if (current) setFailed(true); });
    return () => { current = false; };
  }, [route.pattern]);
  if (failed) return <Page title="Not loaded"><Empty icon="wifi-off" title="This part could not be loaded" text="The connection was lost, or clinicd was updated."><button type="button" class="btn btn-primary" onClick={() => window.location.reload()}>Reload the page</button></Empty></Page>;
  if (!loaded || loaded.pattern !== route.pattern) return <div class="page"><Loading what="the page" /></div>;
  return <loaded.Part params={params} />;
}

function Sidebar() {
  const { path } = address.value;
  const me = session.value;
  if (!me) return null;
  return (
    <header class="side">
      <a class="side-brand" href="/app/calendar">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        <span>{me.tenant.name}</span>
      </a>
      <button type="button" class="side-search" onClick={() => { paletteOpen.value = true; }}>
        <Icon name="search" size="sm" /> <span>Search</span> <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <nav class="side-nav" aria-label="Main">
        <ul>
          {NAV.filter(visible).map((item) => {
            const here = path.startsWith(item.href) || (item.href === '/app/calendar' && path === '/app');
            return (
              <li key={item.href}>
                <a href={item.href} aria-current={here ? 'page' : undefined} title={item.label}>
                  <Icon name={item.icon} />
                  <span>{item.label}</span>
                </a>
              </li>
            );
          })}
        </ul>
      </nav>
      <div class="side-foot">
        <LiveState />
        <UserMenu />
      </div>
    </header>
  );
}

const LIVE_WORDS = { live: 'Live', connecting: 'Connecting', lost: 'Reconnecting', off: 'Not live' } as const;

function LiveState() {
  const state = live.value;
  return (
    <p class={`live live-${state}`} role="status" title={state === 'live' ? 'Changes of others appear at once' : 'Changes of others may appear late'}>
      <span class="live-dot" aria-hidden="true" />
      <span>{LIVE_WORDS[state]}</span>
    </p>
  );
}

function UserMenu() {
  const me = session.value;
  if (!me) return null;
  return (
    <Disclosure
      label="Your account"
      up
      align="start"
      buttonClass="side-user"
      face={
        <>
          <Avatar name={me.member.name} />
          <span class="side-user-text">
            <span>{me.member.name}</span>{' '}
            <span class="muted">{me.member.role}</span>
          </span>
        </>
      }
    >
      {(close) => (
        <div class="menu-body">
          <p class="menu-who"><strong>{me.member.name}</strong><span class="muted">{me.member.email}</span></p>
          <div class="menu-row">
            <span class="small">Theme</span>
            <Segmented<Theme> label="Theme" iconsOnly value={theme.value} onChange={setTheme} options={[{ value: 'system', label: 'As the system', icon: 'monitor' }, { value: 'light', label: 'Light', icon: 'sun' }, { value: 'dark', label: 'Dark', icon: 'moon' }]} />
          </div>
          <button type="button" class="menu-item" onClick={() => { close(); shortcutsOpen.value = true; }}><Icon name="keyboard" size="sm" /> Keyboard shortcuts</button>
          <a class="menu-item" href="/app/settings/sessions" onClick={close}><Icon name="shield-check" size="sm" /> Your sessions</a>
          <button type="button" class="menu-item" onClick={() => void signOut().catch(() => showToast('Signing out did not work. Please try again.', { danger: true }))}><Icon name="log-out" size="sm" /> Sign out</button>
        </div>
      )}
    </Disclosure>
  );
}
