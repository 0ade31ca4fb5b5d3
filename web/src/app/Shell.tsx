/** Navigation, banners, the page of the address, and what can open over every page. */
import { useEffect } from 'preact/hooks';
import { computed, signal } from '@preact/signals';
import { get } from '../api/client';
import { dialogWanted, openNew } from '../calendar/open';
import { useQuery } from '../lib/query';
import { address, navigate } from '../lib/router';
import { Icon } from '../ui/Icon';
import { Avatar } from '../ui/Avatar';
import { showToast } from '../ui/Toast';
import { lazyDialog, LazyScreen, prefetch } from './lazy';
import { live } from './live';
import { paletteOpen, shortcutsOpen } from './overlays';
import { ROUTES, type Badge, type Route } from './routes';
import { NotFound } from './Screens';
import { can, session, signOut } from './session';
import { SessionWarning } from './SessionWarning';
import { listen } from './shortcuts';
import { t } from './text';
import { setTheme, theme, type Theme } from './theme';
import { Disclosure } from './ui/Menu';
import { VerifyBanner } from './VerifyBanner';
import { Denied, Page } from './ui/Page';
import { Segmented } from './ui/Segmented';
import { listenUndo } from './ui/undo';

const Palette = lazyDialog(async () => (await import('./Palette')).Palette);
const ShortcutsDialog = lazyDialog(async () => (await import('./ShortcutsDialog')).ShortcutsDialog);
const AnyDialog = lazyDialog(async () => (await import('../calendar/dialogs')).Dialogs);

/** What the signed-in person may open, in the order of the navigation. */
const NAV = computed(() => ROUTES.filter((route) => route.icon !== null && (route.permission === null || can(route.permission))));

const online = signal(typeof navigator === 'undefined' ? true : navigator.onLine);

function runShortcut(id: string): boolean {
  const { path, query } = address.value;
  const place = id.startsWith('go.') ? NAV.value.find((route) => route.name === id.slice(3)) : undefined;
  if (place) navigate(`/app/${place.name}`);
  else if (id === 'keys') shortcutsOpen.value = true;
  else if (id === 'new' && can('schedule.write')) openNew(path.startsWith('/app/clients') ? {} : { date: query.get('date') ?? undefined });
  else return false;
  return true;
}

export function Shell() {
  useEffect(() => listen(runShortcut), []);
  useEffect(() => listenUndo(), []);
  useEffect(() => prefetch(Palette.load, AnyDialog.load), []);
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
      <a class="skip-link" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>{t('nav.skip')}</a>
      <Sidebar />
      <div class="shell-main">
        {!online.value ? (
          <p class="banner" role="status"><Icon name="wifi-off" size="sm" /> {t('shell.youAreOfflineWhat')}</p>
        ) : null}
        <VerifyBanner />
        <main id="main" tabIndex={-1}><Outlet /></main>
      </div>
      <SessionWarning />
      {paletteOpen.value ? <Palette pages={NAV.value} /> : null}
      {shortcutsOpen.value ? <ShortcutsDialog /> : null}
      {dialogWanted.value ? <AnyDialog /> : null}
    </div>
  );
}

function Outlet() {
  const [, , name = '', ...below] = address.value.path.replace(/\/$/, '').split('/');
  const route = ROUTES.find((one) => one.name === (name || 'calendar'));
  if (!route) return <NotFound />;
  if (route.permission && !can(route.permission)) return <Page title={t('page.noAccess')}><Denied /></Page>;
  return <LazyScreen key={route.name} load={route.load} title={t(route.title)} props={{ rest: below.join('/') }} />;
}

function Sidebar() {
  const here = address.value.path.split('/')[2] || 'calendar';
  const me = session.value;
  if (!me) return null;
  return (
    <header class="side">
      <a class="side-brand" href="/app/calendar">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        <span>{me.tenant.name}</span>
      </a>
      <button type="button" class="side-search" onClick={() => { paletteOpen.value = true; }}>
        <Icon name="search" size="sm" /> <span>{t('nav.search')}</span> <kbd aria-hidden="true">{t('shell.ctrlK')}</kbd>
      </button>
      <nav class="side-nav" aria-label={t('nav.main')}>
        <ul>
          {NAV.value.map((route) => <NavLink key={route.name} route={route} here={route.name === here} />)}
          {NAV.value.length > FITS_PHONE ? <li class="side-more"><More here={here} /></li> : null}
        </ul>
      </nav>
      <div class="side-foot">
        <LiveState />
        <UserMenu />
      </div>
    </header>
  );
}

/** How many entries stand in the bar of a phone (app.css hides the others there); the rest opens from the last button. */
const FITS_PHONE = 3;

function More({ here }: { readonly here: string }) {
  return (
    <Disclosure label={t('nav.more')} up buttonClass="" face={<><Icon name="ellipsis" /><span class="visually-hidden">{t('nav.more')}</span></>}>
      {(close) => (
        <ul class="menu-body" onClick={close}>
          {NAV.value.slice(FITS_PHONE).map((route) => <NavLink key={route.name} route={route} here={route.name === here} />)}
        </ul>
      )}
    </Disclosure>
  );
}

function NavLink({ route, here }: { readonly route: Route; readonly here: boolean }) {
  const title = t(route.title);
  const count = useBadge(route.badge);
  return (
    <li>
      <a href={`/app/${route.name}`} aria-current={here ? 'page' : undefined} aria-label={count > 0 ? t('nav.badge', { title, count }) : undefined} title={title} onPointerEnter={() => prefetch(route.load)}>
        {route.icon ? <Icon name={route.icon} /> : null}
        <span>{title}</span>
        {count > 0 ? <b class="side-count" aria-hidden="true">{count > 99 ? '99+' : count}</b> : null}
      </a>
    </li>
  );
}

function useBadge(badge: Badge | undefined): number {
  const query = useQuery<unknown>(badge ? badge.key : null, async (signal) => (badge ? (await get<unknown>(badge.path, { signal })).data : 0));
  return badge && query.data !== undefined ? badge.pick(query.data) : 0;
}

const LIVE_WORDS = { live: t('shell.live'), connecting: t('shell.connecting'), lost: t('shell.reconnecting'), off: t('shell.notLive') } as const;

function LiveState() {
  const state = live.value;
  return (
    <p class={`live live-${state}`} role="status" title={state === 'live' ? t('shell.changesOfOthersAppear') : t('shell.changesOfOthersMay')}>
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
      label={t('shell.yourAccount')}
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
            <span class="small">{t('shell.theme')}</span>
            <Segmented<Theme> label={t('shell.theme')} iconsOnly value={theme.value} onChange={setTheme} options={[{ value: 'system', label: t('shell.asTheSystem'), icon: 'monitor' }, { value: 'light', label: t('shell.light'), icon: 'sun' }, { value: 'dark', label: t('shell.dark'), icon: 'moon' }]} />
          </div>
          <button type="button" class="menu-item" onClick={() => { close(); shortcutsOpen.value = true; }}><Icon name="keyboard" size="sm" /> {t('palette.keyboardShortcuts')}</button>
          <a class="menu-item" href="/app/settings/sessions" onClick={close}><Icon name="shield-check" size="sm" /> {t('shell.yourSessions')}</a>
          <button type="button" class="menu-item" onClick={() => void signOut().catch(() => showToast(t('shell.signingOutDidNot'), { danger: true }))}><Icon name="log-out" size="sm" /> {t('app.signOut')}</button>
        </div>
      )}
    </Disclosure>
  );
}
