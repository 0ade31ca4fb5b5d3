/** The frame of a form: summary of what is wrong, fields, and the bar with the button, which stays in sight. */
import type { ComponentChildren } from 'preact';
import { ApiError } from '../../lib/http';
import { Button } from '../../ui/Button';
import { ErrorSummary } from '../../ui/ErrorSummary';
import type { Form } from '../../ui/useForm';
import { t } from '../text';

interface Props<V extends Record<string, string>> {
  readonly form: Form<V>;
  /** Names of the fields for the summary. */
  readonly labels: Partial<Record<keyof V, string>>;
  readonly saveLabel?: string;
  /** False: the fields are shown and cannot be changed. */
  readonly canWrite?: boolean;
  /** Something outside the form's own values was changed. */
  readonly dirty?: boolean;
  /** At the end of the bar. */
  readonly extra?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** "Please check two fields", for the summary of mistakes. */
export const checkTitle = (count: number): string => t('form.check', { count });

export function FormFrame<V extends Record<string, string>>({ form, labels, saveLabel = t('form.save'), canWrite = true, dirty = false, extra, children }: Props<V>) {
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      <ErrorSummary form={form} title={checkTitle} labels={labels} />
      <fieldset class="stack" disabled={!canWrite}>{children}</fieldset>
      {canWrite ? (
        <div class="save-bar">
          <Button kind="primary" type="submit" busy={form.busy}>{saveLabel}</Button>
          {form.dirty || dirty ? <span class="muted small">{t('form.unsaved')}</span> : null}
          {extra}
        </div>
      ) : null}
    </form>
  );
}

/** A refused version in words that say what to do. */
export async function withVersion<T>(what: string, save: () => Promise<T>): Promise<T> {
  try {
    return await save();
  } catch (error) {
    if (error instanceof ApiError && error.status === 412) throw new ApiError(412, error.code, t('form.stale', { what }), {}, error.requestId);
    throw error;
  }
}

/** Text of a number field; empty is null. */
export function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

export function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
