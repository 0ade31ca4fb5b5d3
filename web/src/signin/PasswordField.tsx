import { useState } from 'preact/hooks';
import { describedBy, FieldShell } from '../ui/Field';
import { t } from './text';

interface Props {
  id: string;
  name: string;
  label: string;
  value: string;
  error: string | null;
  hint?: string;
  autocomplete: 'current-password' | 'new-password';
  minLength?: number;
  onValue: (value: string) => void;
}

/** Pasting, password managers and looking at what was typed are all allowed. */
export function PasswordField({ id, name, label, value, error, hint, autocomplete, minLength, onValue }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <FieldShell id={id} label={label} hint={hint} error={error}>
      <div class="input-group">
        <input
          id={id}
          name={name}
          class="input"
          type={shown ? 'text' : 'password'}
          value={value}
          required
          minLength={minLength}
          autocomplete={autocomplete}
          autocapitalize="none"
          spellcheck={false}
          data-invalid={minLength ? t('register.password.short') : t('errors.required')}
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={describedBy(id, hint, error)}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
        <button type="button" class="btn btn-quiet btn-sm" aria-pressed={shown} aria-label={t('password.show')} onClick={() => setShown(!shown)}>
          {shown ? t('password.hide.short') : t('password.show.short')}
        </button>
      </div>
    </FieldShell>
  );
}
