/** Holidays, and what is blocked in the next months: rules once, and single times. */
import { checkTitle } from '../../app/ui/FormFrame';
import { useState } from 'preact/hooks';
import { create, get, remove } from '../../api/client';
import type { BlockedFull, BlockedTime, Holiday } from '../../api/types';
import { useLocations } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { rangeText, useNameOf } from '../../calendar/ConflictDialog';
import { unblocking } from '../../calendar/open';
import { invalidate, useQuery } from '../../lib/query';
import { addDays, formatDate, todayIn } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { SelectField, TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { mayWrite } from './forms';
import type { SectionProps } from './sections';
import { t } from './text';

const AHEAD_DAYS = 400;
const BLOCKED_DAYS = 60;
const BLOCKED_MAX = 200;

export default function Closures(_: SectionProps) {
  const [adding, setAdding] = useState(false);
  const today = todayIn(zone.value);
  const locations = useLocations().data ?? [];
  const holidays = useQuery<Holiday[]>(['holidays'], async (signal) => (await get<Holiday[]>('holidays', { query: { from: addDays(today, -30), to: addDays(today, AHEAD_DAYS) }, signal })).data);
  const blocked = useQuery<BlockedTime[]>(['blocked', today], async (signal) => (await get<BlockedTime[]>('blocked-times', { query: { from: today, to: addDays(today, BLOCKED_DAYS), limit: BLOCKED_MAX }, signal })).data);
  const drop = async (path: string, what: string): Promise<void> => {
    try {
      await remove(path);
      invalidate(['holidays'], ['blocked'], ['calendar']);
      showToast(t('removed', { name: what }));
    } catch (error) {
      showToast(t('notRemoved', { reason: (error as Error).message }), { danger: true });
    }
  };
  return (
    <Page narrow title={t('closures.closedDays')} lead={t('closures.nobodyIsOfferedOn')} actions={mayWrite() ? <Button size="sm" kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('closures.addClosedDay')}</Button> : undefined}>
      {holidays.error && !holidays.data ? <Failed error={holidays.error} what={t('closures.theClosedDays')} onRetry={holidays.reload} /> : null}
      {!holidays.data && !holidays.error ? <Loading what={t('closures.closedDays2')} rows={3} /> : null}
      {holidays.data && holidays.data.length === 0 ? <p class="agenda-none">{t('closures.noClosedDaysIn')}</p> : null}
      {holidays.data && holidays.data.length > 0 ? (
        <ul class="rows">
          {[...holidays.data].sort((a, b) => (a.date < b.date ? -1 : 1)).map((h) => (
            <li key={h.id}>
              <Icon name="calendar-off" />
              <span class="row-text"><span>{h.name}</span><span class="muted">{formatDate(h.date, 'full', session.value?.tenant.locale)} · {h.location_id ? (locations.find((l) => l.id === h.location_id)?.name ?? '') : t('closures.allLocations')}</span></span>
              {mayWrite() ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={t('closures.remove', { name: h.name })} onClick={() => void drop(`holidays/${h.id}`, h.name)} /> : null}
            </li>
          ))}
        </ul>
      ) : null}
      <section class="panel above">
        <h2>{t('closures.blockedTimes')}</h2>
        <p class="muted">{t('closures.leadBlocked', { days: BLOCKED_DAYS })}</p>
        {blocked.error && !blocked.data ? <Failed error={blocked.error} what={t('closures.theBlockedTimes')} onRetry={blocked.reload} /> : null}
        {blocked.data && blocked.data.length === 0 ? <p class="small muted">{t('closures.nothingIsBlocked')}</p> : null}
        {blocked.data && blocked.data.length > 0 ? (
          <ul class="rows">
            {oncePerRule(blocked.data).map((row) => <BlockRow key={row.first.id} row={row} />)}
          </ul>
        ) : null}
        {blocked.data && blocked.data.length === BLOCKED_MAX ? <p class="small muted">{t('closures.more', { count: BLOCKED_MAX })}</p> : null}
      </section>
      {adding ? <HolidayDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

interface Blocked { readonly first: BlockedTime; readonly count: number }

/** What repeats by one rule stands once, with its first day from today on. */
function oncePerRule(all: readonly BlockedTime[]): readonly Blocked[] {
  const rows = new Map<string, Blocked>();
  for (const one of [...all].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const key = one.rule_id ?? one.id;
    const row = rows.get(key);
    rows.set(key, { first: row?.first ?? one, count: (row?.count ?? 0) + 1 });
  }
  return [...rows.values()];
}

function BlockRow({ row: { first: b, count } }: { readonly row: Blocked }) {
  const nameOf = useNameOf();
  const locations = useLocations().data ?? [];
  const rule = useQuery<BlockedFull>(b.rule_id ? ['blocked-rule', b.id, String(b.version)] : null, async (signal) => (await get<BlockedFull>(`blocked-times/${b.id}`, { signal })).data).data?.rule;
  const who = b.kind === 'location' ? (locations.find((l) => l.id === b.subject_id)?.name ?? t('closures.aLocation')) : nameOf(b.kind, b.subject_id);
  const when = b.rule_id ? [rule?.sentence, t('closures.next', { when: rangeText(b.start, b.end) }), t('closures.times', { count })].filter(Boolean).join(', ') : rangeText(b.start, b.end);
  const name = b.reason ?? t('closures.blocked');
  return (
    <li>
      <Icon name={b.rule_id ? 'repeat' : 'lock'} />
      <span class="row-text"><span>{name}</span><span class="muted">{who} · {when}</span></span>
      {can('schedule.write') ? <Button size="sm" aria-label={t('closures.change', { name: `${name}, ${rangeText(b.start, b.end)}` })} onClick={() => { unblocking.value = b; }}>{t('closures.changeIt')}</Button> : null}
    </li>
  );
}

function HolidayDialog({ onClose }: { readonly onClose: () => void }) {
  const locations = useLocations().data ?? [];
  const form = useForm({
    initial: { date: '', name: '', location_id: '' },
    submit: async (v) => {
      await create<Holiday>('holidays', { date: v.date, name: v.name.trim(), location_id: v.location_id || null });
      invalidate(['holidays'], ['calendar']);
      showToast(t('added', { name: v.name }));
      onClose();
    },
  });
  return (
    <Dialog title={t('closures.addAClosedDay')} closeLabel={t('closures.close')} onClose={onClose}>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={checkTitle} labels={{ date: t('closures.day'), name: t('service.name') }} />
        <TextField {...form.bind('date')} type="date" label={t('closures.day')} required data-invalid={t('closures.chooseADay')} />
        <TextField {...form.bind('name')} label={t('service.name')} required placeholder={t('closures.newYearsDay')} data-invalid={t('service.nameWanted')} />
        {locations.length > 1 ? <SelectField {...form.bind('location_id')} label={t('closures.location')}><option value="">{t('closures.allLocations2')}</option>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField> : null}
        <div class="form-actions"><Button kind="primary" type="submit" busy={form.busy}>{t('closures.add')}</Button></div>
      </form>
    </Dialog>
  );
}
