/** Blocking the stretch that was drawn in the calendar, at once; what is in the way is asked about in the dialog. */
import { create, remove } from '../api/client';
import type { BlockedTime } from '../api/types';
import { invalidate } from '../lib/query';
import { showToast } from '../ui/Toast';
import { isConflict } from './actions';
import { rangeText } from './ConflictDialog';
import { blocking, type NewRequest } from './open';
import { t } from '../app/text';

export async function blockAtOnce(request: NewRequest, times: { readonly start: string; readonly end: string }): Promise<void> {
  const [kind, id] = request.providerId ? ['provider', request.providerId] : ['resource', request.resourceId];
  try {
    const { data } = await create<BlockedTime>('blocked-times', { kind, subject_id: id, ...times });
    showToast(t('block.blocked', { when: rangeText(data.start, data.end) }), { action: { label: t('undo'), run: () => void open(data.id) } });
    invalidate(['calendar'], ['blocked']);
  } catch (error) {
    if (isConflict(error)) blocking.value = request;
    else showToast((error as Error).message, { danger: true });
  }
}

async function open(id: string): Promise<void> {
  try {
    await remove(`blocked-times/${id}`);
    showToast(t('block.theTimeIsOpen'));
    invalidate(['calendar'], ['blocked']);
  } catch (error) {
    showToast(t('block.stillBlocked', { reason: (error as Error).message }), { danger: true });
  }
}
