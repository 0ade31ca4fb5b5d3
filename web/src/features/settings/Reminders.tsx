/** When clients are reminded: the clinic's rules and its quiet hours. */
import { useState } from 'preact/hooks';
import { get, put } from '../../api/client';
import { Button, Check, Failed, FormFrame, Loading, NumberField, numberOf, Page, SelectField, showToast, TextField, useDirtyGuard, useForm, withVersion } from '../../app/ui';
import { setQueryData, useQuery } from '../../lib/query';
import type { SectionProps } from './sections';
import { t } from './text';

interface Rule { readonly before_min: number; readonly late_min: number | null; readonly channel: 'email'; readonly template: 'reminder' | 'confirm' }
interface Rules { readonly quiet_start: string | null; readonly quiet_end: string | null; readonly rules: readonly Rule[]; readonly version: number }
const KEY = ['reminders', 'rules'] as const;
const RULES_MAX = 6;

export default function Reminders(_: SectionProps) {
  const rules = useQuery<Rules>(KEY, async (signal) => (await get<Rules>('reminders/rules', { signal })).data);
  return (
    <Page narrow title={t('reminders.reminders')} lead={t('reminders.sentByEMail')}>
      {rules.error && !rules.data ? <Failed error={rules.error} what={t('reminders.reminders')} onRetry={rules.reload} /> : null}
      {!rules.data && !rules.error ? <Loading what={t('reminders.theReminders')} /> : null}
      {rules.data ? <RulesForm key={rules.data.version} rules={rules.data} /> : null}
    </Page>
  );
}

function RulesForm({ rules }: { readonly rules: Rules }) {
  const [count, setCount] = useState(rules.rules.length);
  const initial: Record<string, string> = { quiet: rules.quiet_start ? '1' : '', quiet_start: rules.quiet_start ?? '21:00', quiet_end: rules.quiet_end ?? '08:00' };
  for (let i = 0; i < RULES_MAX; i += 1) {
    const rule = rules.rules[i];
    const days = rule && rule.before_min % 1440 === 0 && rule.before_min > 1440;
    initial[`amount${i}`] = rule ? String(days ? rule.before_min / 1440 : rule.before_min / 60) : '24';
    initial[`unit${i}`] = days ? '1440' : '60';
    initial[`template${i}`] = rule?.template ?? 'reminder';
  }
  const form = useForm<Record<string, string>>({
    initial,
    submit: async (v) => {
      const list = Array.from({ length: count }, (_, i) => ({ before_min: Math.round((numberOf(v[`amount${i}`] ?? '') ?? 0) * Number(v[`unit${i}`])), template: v[`template${i}`] }));
      const quiet = v['quiet'] === '1';
      const body = { quiet_start: quiet ? v['quiet_start'] : null, quiet_end: quiet ? v['quiet_end'] : null, rules: list };
      const { data } = await withVersion(t('reminders.theReminders'), () => put<Rules>('reminders/rules', body, { version: rules.version }));
      letGo();
      setQueryData(KEY, data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty || count !== rules.rules.length);
  return (
    <FormFrame form={form} labels={{ quiet_start: t('reminders.quietFrom'), quiet_end: t('reminders.quietUntil') }}>
      <section class="panel stack">
        <h2>{t('reminders.when')}</h2>
        {count === 0 ? <p class="muted">{t('reminders.nobodyIsReminded')}</p> : null}
        {Array.from({ length: count }, (_, i) => (
          <fieldset key={i} class="form-row" aria-label={t('reminders.reminder', { i: i + 1 })}>
            <NumberField {...form.bind(`amount${i}`)} label={t('reminders.beforeTheStart')} min={0.25} max={1440} step={0.25} required />
            <SelectField {...form.bind(`unit${i}`)} label={t('reminders.unit')}><option value="60">{t('reminders.hours')}</option><option value="1440">{t('reminders.days')}</option></SelectField>
            <SelectField {...form.bind(`template${i}`)} label={t('reminders.text')}><option value="reminder">{t('reminders.reminds')}</option><option value="confirm">{t('reminders.asksToConfirm')}</option></SelectField>
          </fieldset>
        ))}
        <div class="form-actions">
          {count < RULES_MAX ? <Button icon="plus" onClick={() => setCount(count + 1)}>{t('reminders.addAReminder')}</Button> : null}
          {count > 0 ? <Button kind="quiet" onClick={() => setCount(count - 1)}>{t('reminders.removeTheLastOne')}</Button> : null}
        </div>
      </section>
      <section class="panel stack">
        <h2>{t('reminders.quietHours')}</h2>
        <p class="small muted">{t('reminders.byTheClientsOwn')}</p>
        <Check label={t('reminders.sendNothingAtNight')} checked={form.values['quiet'] === '1'} onChange={(on) => form.set('quiet', on ? '1' : '')} />
        {form.values['quiet'] === '1' ? (
          <div class="form-row">
            <TextField {...form.bind('quiet_start')} type="time" label={t('reminders.quietFrom')} required />
            <TextField {...form.bind('quiet_end')} type="time" label={t('reminders.quietUntil')} required />
          </div>
        ) : null}
      </section>
    </FormFrame>
  );
}
