/** All keys, each to be set anew or switched off. */
import { useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { shortcutsOpen } from './overlays';
import { clash, keyOf, saved, setKey, setShortcutsOn, SHORTCUTS, showKey } from './shortcuts';

const GROUPS = ['Everywhere', 'Calendar', 'Appointment in focus'] as const;

export function ShortcutsDialog() {
  const { on } = saved.value;
  const [message, setMessage] = useState('');
  const change = (id: string, text: string): void => {
    const key = text.trim().toLowerCase().split(/\s+/).slice(0, 2).map((k) => k.slice(0, 1)).join(' ');
    const other = clash(id, key);
    if (other) setMessage(`${showKey(key)} is already “${other.label}”.`);
    else {
      setMessage('');
      setKey(id, key);
    }
  };
  return (
    <Dialog wide title="Keyboard shortcuts" closeLabel="Close" onClose={() => { shortcutsOpen.value = false; }}>
      <label class="check"><input type="checkbox" checked={on} onChange={(event) => setShortcutsOn(event.currentTarget.checked)} /> <span>Single keys are shortcuts. Switch this off if you dictate, or press keys by accident.</span></label>
      <p class="small muted">Ctrl K opens the search. In the calendar, arrow keys walk, Enter opens or books. Change a key by typing another into its box (two keys with a blank are a sequence); leave it empty to switch it off.</p>
      <p class="field-error" role="status">{message}</p>
      <div class="keys">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
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
      <div><Button kind="quiet" size="sm" icon="rotate-ccw" onClick={() => { for (const s of SHORTCUTS) setKey(s.id, undefined); setMessage(''); }}>Take all presets again</Button></div>
    </Dialog>
  );
}
