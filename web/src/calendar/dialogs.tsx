/** Every dialog of the calendar, as one part that is loaded when the first of them opens (or before, when there is time). */
import { AppointmentHost } from './AppointmentDialog';
import { BlockHost } from './BlockDialog';
import { ColumnsHost } from './ColumnsDialog';
import { ConflictHost } from './ConflictDialog';
import { FindHost } from './FindDialog';

export function Dialogs() {
  return (
    <>
      <AppointmentHost />
      <FindHost />
      <BlockHost />
      <ColumnsHost />
      <ConflictHost />
    </>
  );
}
