/** Which appointment dialog is open. */
import { editing } from './open';
import { ExistingAppointment } from './ExistingAppointment';
import { NewAppointment } from './NewAppointment';

export function AppointmentHost() {
  const open = editing.value;
  if (!open) return null;
  const close = (): void => { editing.value = null; };
  return open.kind === 'new' ? <NewAppointment key={open.turn} request={open.request} onClose={close} /> : <ExistingAppointment key={open.turn} id={open.id} act={open.act} onClose={close} />;
}
