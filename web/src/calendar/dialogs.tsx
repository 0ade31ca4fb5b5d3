/**
 * Every dialog of the calendar. The appointment's own and the refused time come with this part, which is fetched when the browser is idle;
 * the others are parts themselves.
 */
import { useEffect } from 'preact/hooks';
import { lazyDialog, prefetch } from '../app/lazy';
import { AppointmentHost } from './AppointmentDialog';
import { ConflictHost } from './ConflictDialog';
import { arranging, blocking, filling, finding, seating, seriesMove, unblocking } from './open';

const Find = lazyDialog(async () => (await import('./FindDialog')).FindHost);
const Block = lazyDialog(async () => (await import('../features/blocks/BlockDialog')).BlockHost);
const Session = lazyDialog(async () => (await import('./SessionDialog')).SessionHost);
const Gap = lazyDialog(async () => (await import('../features/waitlist/GapPanel')).GapHost);
const Series = lazyDialog(async () => (await import('../features/series/SeriesMove')).SeriesMoveHost);
const Columns = lazyDialog(async () => (await import('./ColumnsDialog')).ColumnsHost);

export function Dialogs() {
  useEffect(() => prefetch(Find.load, Block.load), []);
  return (
    <>
      <AppointmentHost />
      {finding.value ? <Find /> : null}
      {blocking.value || unblocking.value ? <Block /> : null}
      {seating.value ? <Session /> : null}
      {filling.value ? <Gap /> : null}
      {seriesMove.value ? <Series /> : null}
      {arranging.value ? <Columns /> : null}
      <ConflictHost />
    </>
  );
}
