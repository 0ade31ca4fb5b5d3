/** Holidays, and a list of the blocked times of the next months. */
import { useState } from 'preact/hooks';
import { create, get, remove } from '../../api/client';
import type { BlockedTime, Holiday } from '../../api/types';
import { useLocations } from '../../app/data';
import { session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { rangeText, useNameOf } from '../../calendar/ConflictDialog';
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

const AHEAD_DAYS = 400;
const BLOCKED_DAYS = 60;

export default function Closures(_: SectionProps) {
  const [adding, setAdding] = useState(false);
  const today = todayIn(zone.value);
  const locations = useLocations().data ?? [];
  const holidays = useQuery<Holiday[]>(['holidays'], async (signal) => (await get<Holiday[]>('holidays', { query: { from: addDays(today, -30), to: addDays(today, AHEAD_DAYS) }, signal })).data);
  const blocked = useQuery<BlockedTime[]>(['blocked', today], async (signal) => (await get<BlockedTime[]>('blocked-times', { query: { from: today, to: addDays(today, BLOCKED_DAYS) }, signal })).data);
  const nameOf = useNameOf();
  const drop = async (path: string, what: string): Promise<void> => {
    try {
      await remove(path);
      invalidate(['holidays'], ['blocked'], ['calendar']);
      showToast(`${what} removed`);
    } catch (error) {
      showToast(`Not removed: ${(error as Error).message}`, { danger: true });
    }
  };
  return (
    <Page narrow title="Closed days" lead="Nobody is offered on these days. Appointments that exist stay." actions={mayWrite() ? <Button size="sm" kind="primary" icon="plus" onClick={() => setAdding(true)}>Add closed day</Button> : undefined}>
      {holidays.error && !holidays.data ? <Failed error={holidays.error} what="The closed days" onRetry={holidays.reload} /> : null}
      {!holidays.data && !holidays.error ? <Loading what="closed days" rows={3} /> : null}
      {holidays.data && holidays.data.length === 0 ? <p class="agenda-none">No closed days in the next year.</p> : null}
      {holidays.data && holidays.data.length > 0 ? (
        <ul class="rows">
          {[...holidays.data].sort((a, b) => (a.date < b.date ? -1 : 1)).map((h) => (
            <li key={h.id}>
              <Icon name="calendar-off" />
              <span class="row-text"><span>{h.name}</span><span class="muted">{formatDate(h.date, 'full', session.value?.tenant.locale)} · {h.location_id ? (locations.find((l) => l.id === h.location_id)?.name ?? '') : 'all locations'}</span></span>
              {mayWrite() ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={`Remove ${h.name}`} onClick={() => void drop(`holidays/${h.id}`, h.name)} /> : null}
            </li>
          ))}
        </ul>
      ) : null}
      <section class="panel above">
        <h2>Blocked times</h2>
        <p class="muted">The next {BLOCKED_DAYS} days. Block time in the calendar, with {'“Block time”'} in its menu.</p>
        {blocked.error && !blocked.data ? <Failed error={blocked.error} what="The blocked times" onRetry={blocked.reload} /> : null}
        {blocked.data && blocked.data.length === 0 ? <p class="small muted">Nothing is blocked.</p> : null}
        {blocked.data && blocked.data.length > 0 ? (
          <ul class="rows">
            {blocked.data.map((b) => (
              <li key={b.id}>
                <Icon name="lock" />
                <span class="row-text"><span>{b.reason ?? 'Blocked'}</span><span class="muted">{b.kind === 'location' ? (locations.find((l) => l.id === b.subject_id)?.name ?? 'A location') : nameOf(b.kind, b.subject_id)} · {rangeText(b.start, b.end)}</span></span>
                {mayWrite() ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={`Open ${rangeText(b.start, b.end)} again`} onClick={() => void drop(`blocked-times/${b.id}`, 'Blocked time')} /> : null}
              </li>
            ))}
          </ul>
        ) : null}
      </section>
      {adding ? <HolidayDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function HolidayDialog({ onClose }: { readonly onClose: () => void }) {
  const locations = useLocations().data ?? [];
  const form = useForm({
    initial: { date: '', name: '', location_id: '' },
    submit: async (v) => {
      await create<Holiday>('holidays', { date: v.date, name: v.name.trim(), location_id: v.location_id || null });
      invalidate(['holidays'], ['calendar']);
      showToast(`${v.name} added`);
      onClose();
    },
  });
  return (
    <Dialog title="Add a closed day" closeLabel="Close" onClose={onClose}>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={(count) => `Please check ${count === 1 ? 'one field' : `${count} fields`}`} labels={{ date: 'Day', name: 'Name' }} />
        <TextField {...form.bind('date')} type="date" label="Day" required data-invalid="Choose a day." />
        <TextField {...form.bind('name')} label="Name" required placeholder="New Year’s Day" data-invalid="Enter a name." />
        {locations.length > 1 ? <SelectField {...form.bind('location_id')} label="Location"><option value="">All locations</option>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField> : null}
        <div class="form-actions"><Button kind="primary" type="submit" busy={form.busy}>Add</Button></div>
      </form>
    </Dialog>
  );
}
