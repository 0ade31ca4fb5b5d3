/** One of a series was dragged elsewhere: this one, the following, or all? Nothing has moved until that is said. */
import { useState } from 'preact/hooks';
import { patch } from '../../api/client';
import type { CalendarItem } from '../../api/types';
import { texts } from '../../app/text';
import { explain, isConflict, moveItem, whenText, type MoveTo } from '../../calendar/actions';
import { displayName } from '../../calendar/names';
import { flashItem, seriesMove } from '../../calendar/open';
import { invalidate } from '../../lib/query';
import { showToast } from '../../ui/Toast';
import en from './en.json';
import { ScopeDialog, type Scope } from './Scope';

const t = texts(en);
interface Changed { readonly left_out: readonly unknown[] }

export function SeriesMoveHost() {
  const asked = seriesMove.value;
  return asked ? <SeriesMove key={asked.item.id} item={asked.item} to={asked.to} /> : null;
}

function lengthOf(start: string, end: string): number { return (Date.parse(end) - Date.parse(start)) / 60_000; }

/** What of the series changes with it. */
export function changesOf(item: Pick<CalendarItem, 'start' | 'end' | 'provider_id'>, to: MoveTo): Record<string, unknown> {
  return {
    ...(to.start !== item.start ? { start: to.start } : {}),
    ...(to.provider_id !== undefined && to.provider_id !== item.provider_id ? { provider_id: to.provider_id } : {}),
    ...(lengthOf(to.start, to.end) !== lengthOf(item.start, item.end) ? { duration_min: lengthOf(to.start, to.end) } : {}),
  };
}

function SeriesMove({ item, to }: { readonly item: CalendarItem; readonly to: MoveTo }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const close = (): void => { seriesMove.value = null; };
  const choose = async (scope: Scope): Promise<void> => {
    if (busy) return;
    if (scope === 'this') {
      close();
      await moveItem(item, to);
      return;
    }
    setBusy(true);
    try {
      const { data } = await patch<Changed>(`appointments/${item.id}/recurring`, { ...changesOf(item, to), ...(problem ? { on_conflict: 'skip' } : {}) }, { query: { scope } });
      close();
      invalidate(['calendar'], ['appointments'], ['appointment']);
      flashItem(item.id);
      showToast(data.left_out.length > 0 ? t('move.stayed', { count: data.left_out.length }) : t('move.changed'));
    } catch (error) {
      const taken = isConflict(error) ? ((error.details['occurrences'] as unknown[] | undefined)?.length ?? 0) : 0;
      if (taken > 0) {
        setProblem(t('move.taken', { count: taken }));
        return;
      }
      close();
      explain(error, displayName(item), item.id, () => { seriesMove.value = { item, to }; });
    } finally {
      setBusy(false);
    }
  };
  return (
    <ScopeDialog
      busy={busy} problem={problem} back={t('move.back')} lead={t('move.lead', { name: displayName(item), when: whenText(to.start, item.location_id) })}
      onChoose={(scope) => void choose(scope)} onClose={close}
    />
  );
}
