/** All keys, each to be set anew or switched off. */
import { useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { shortcutsOpen } from './overlays';
import { clash, keyOf, saved, setKey, setShortcutsOn, SHORTCUTS, showKey } from './shortcuts';
import { t } from './text';

const GROUPS = ['everywhere', 'calendar', 'focus'] as const;
const GROUP_NAMES = { everywhere: t('shortcuts.everywhere'), calendar: t('nav.calendar'), focus: t('shortcuts.appointmentInFocus') };

export function ShortcutsDialog() {
  const { on } = saved.value;
  const [message, setMessage] = useState('');
  const change = (id: string, text: string): void => {
    const key = text.trim().toLowerCase().split(/\s+/).slice(0, 2).map((k) => k.slice(0, 1)).join(' ');
    const other = clash(id, key);
    if (other) setMessage(t('shortcuts.isAlready', { key: showKey(key), label: other.label }));
    else {
      setMessage('');
      setKey(id, key);
    }
  };
  return (
    <Dialog wide title={t('palette.keyboardShortcuts')} closeLabel={t('dialog.close')} onClose={() => { shortcutsOpen.value = false; }}>
      <label class="check"><input type="checkbox" checked={on} onChange={(event) => setShortcutsOn(event.currentTarget.checked)} /> <span>{t('shortcuts.singleKeysAreShortcuts')}</span></label>
      <p class="small muted">{t('shortcuts.ctrlKOpensThe')}</p>
      <p class="field-error" role="status">{message}</p>
      <div class="keys">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{GROUP_NAMES[group]}</h3>
            <ul>
              {SHORTCUTS.filter((s) => s.group === group).map((s) => (
                <li key={s.id}>
                  <label for={`key-${s.id}`}>{s.label}</label>
                  <input id={`key-${s.id}`} class="input key-input" maxLength={3} disabled={!on} value={showKey(keyOf(s.id))} onChange={(event) => { change(s.id, event.currentTarget.value); event.currentTarget.value = showKey(keyOf(s.id)); }} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <div><Button kind="quiet" size="sm" icon="rotate-ccw" onClick={() => { for (const s of SHORTCUTS) setKey(s.id, undefined); setMessage(''); }}>{t('shortcuts.takeAllPresetsAgain')}</Button></div>
    </Dialog>
  );
}
