/** Ctrl+K: find a client by name or phone, or go somewhere. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Client } from '../api/types';
import { openNew } from '../calendar/open';
import { navigate } from '../lib/router';
import { Icon } from '../ui/Icon';
import type { IconName } from '../ui/icons';
import { paletteOpen, shortcutsOpen } from './overlays';
import type { Route } from './routes';
import { can } from './session';
import { keyOf, showKey } from './shortcuts';
import { t } from './text';
import { setTheme, theme } from './theme';

interface Entry { readonly id: string; readonly group: 'clients' | 'go' | 'do'; readonly label: string; readonly detail: string | null; readonly icon: IconName; readonly key: string; readonly run: () => void }

function commands(pages: readonly Route[]): Entry[] {
  const list: Entry[] = pages.map((page) => ({ id: page.name, group: 'go', label: t(page.title), detail: null, icon: page.icon ?? 'link', key: keyOf(`go.${page.name}`), run: () => navigate(`/app/${page.name}`) }));
  if (can('schedule.write')) list.push({ id: 'new', group: 'do', label: t('new.title'), detail: null, icon: 'calendar-plus', key: keyOf('new'), run: () => openNew({}) });
  if (can('clients.write')) list.push({ id: 'client', group: 'do', label: t('palette.newClient'), detail: null, icon: 'user-plus', key: '', run: () => navigate('/app/clients/new') });
  const dark = theme.value === 'dark';
  list.push({ id: 'theme', group: 'do', label: dark ? t('palette.lightTheme') : t('palette.darkTheme'), detail: null, icon: dark ? 'sun' : 'moon', key: '', run: () => setTheme(dark ? 'light' : 'dark') });
  list.push({ id: 'keys', group: 'do', label: t('palette.keyboardShortcuts'), detail: null, icon: 'keyboard', key: keyOf('keys'), run: () => { shortcutsOpen.value = true; } });
  return list;
}

const GROUP_NAMES = { clients: t('nav.clients'), go: t('palette.goTo'), do: t('palette.do') };

export function Palette({ pages }: { readonly pages: readonly Route[] }) {
  const box = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Client[]>([]);
  const [active, setActive] = useState(0);
  const [busy, setBusy] = useState(false);
  const typed = text.trim();

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);

  useEffect(() => {
    setActive(0);
    if (typed.length < 2 || !can('clients.read')) {
      setFound([]);
      return undefined;
    }
    const control = new AbortController();
    setBusy(true);
    const timer = setTimeout(() => {
      get<Client[]>('clients', { query: { q: typed, limit: 8 }, signal: control.signal }).then(({ data }) => setFound(data), () => setFound([])).finally(() => setBusy(false));
    }, 140);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [typed]);

  const close = (): void => { paletteOpen.value = false; };
  const people: Entry[] = found.map((client) => ({ id: client.id, group: 'clients', label: client.name, detail: client.phone ?? client.email, icon: 'user', key: '', run: () => navigate(`/app/clients/${client.id}`) }));
  const entries = [...people, ...commands(pages).filter((entry) => entry.label.toLowerCase().includes(typed.toLowerCase()))];
  const take = (entry: Entry | undefined): void => {
    if (!entry) return;
    close();
    setTimeout(entry.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (entries.length > 0) setActive((active + (event.key === 'ArrowDown' ? 1 : entries.length - 1)) % entries.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      take(entries[active]);
    }
  };
  const status = busy ? '' : t('palette.count', { count: entries.length });
  return (
    <dialog ref={box} class="palette" aria-label={t('palette.searchOrGoTo')} onCancel={(event) => { event.preventDefault(); close(); }} onMouseDown={(event) => { if (event.target === box.current) close(); }}>
      <div class="palette-field">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label={t('palette.clientsNameOrPhone')}
          aria-expanded={entries.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={entries.length > 0 ? `palette-${active}` : undefined}
          aria-autocomplete="list"
          placeholder={t('palette.clientsNameOrPhone2')}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden="true">{t('palette.esc')}</kbd>
      </div>
      <ul id="palette-list" role="listbox" aria-label={t('palette.results')} class="palette-list">
        {entries.map((entry, index) => (
          <li key={entry.id} id={`palette-${index}`} role="option" aria-selected={index === active} class={`palette-item${index === 0 || entries[index - 1]?.group !== entry.group ? ' palette-first' : ''}`} data-group={GROUP_NAMES[entry.group]} onMouseMove={() => { if (active !== index) setActive(index); }} onClick={() => take(entry)}>
            <Icon name={entry.icon} />
            <span class="palette-label">{entry.label}</span>
            {entry.detail ? <span class="muted small">{entry.detail}</span> : null}
            {entry.key ? <kbd aria-hidden="true">{showKey(entry.key)}</kbd> : null}
          </li>
        ))}
        {entries.length === 0 && !busy ? <li class="combo-none" role="option" aria-selected={false} aria-disabled="true">{t('palette.nothingFoundFor')}{typed}”</li> : null}
      </ul>
      <span class="visually-hidden" role="status">{status}</span>
    </dialog>
  );
}
