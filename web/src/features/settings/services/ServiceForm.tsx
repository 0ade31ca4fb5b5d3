/** The editor of one service: its sections, in one form with one save. */
import { create, patch } from '../../../api/client';
import type { Service } from '../../../api/types';
import { invalidate } from '../../../lib/query';
import { navigate } from '../../../lib/router';
import { Button } from '../../../ui/Button';
import { showToast } from '../../../ui/Toast';
import { useForm } from '../../../ui/useForm';
import { useDirtyGuard } from '../../../app/ui/useDirtyGuard';
import { FormFrame, withVersion } from '../forms';
import { archive } from '../records';
import { t } from '../text';
import type { Context, Values } from './section';
import { SECTIONS } from './sections';

const LABELS: Record<string, string> = Object.assign({}, ...SECTIONS.map((section) => section.labels));
const FIELDS: Record<string, string> = Object.assign({}, ...SECTIONS.map((section) => section.fields ?? {}));

function gather<T>(of: (section: (typeof SECTIONS)[number]) => T | undefined): T {
  return Object.assign({}, ...SECTIONS.map(of)) as T;
}

export function fieldOf(path: string): string {
  const name = path.split(/[.[]/)[0] ?? path;
  return FIELDS[name] ?? name;
}

export function ServiceForm({ row, position, context }: { readonly row: Service | null; readonly position: number; readonly context: Context }) {
  const form = useForm<Values>({
    initial: gather((section) => section.initial(row, context)),
    validate: (values) => gather((section) => section.validate?.(values, context)),
    fieldOf,
    submit: async (values) => {
      const body = gather<Record<string, unknown>>((section) => section.body(values, context));
      if (row) await withVersion(t('service.it'), () => patch<Service>(`services/${row.id}`, body, { version: row.version }));
      else await create<Service>('services', { ...body, position });
      letGo();
      invalidate(['services'], ['providers'], ['calendar'], ['slots']);
      showToast(t('saved', { name: String(body['name']) }));
      if (!row) navigate('/app/settings/services');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={LABELS} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('services', row, t('services.archived'))}>{t('archive')}</Button> : null}>
      {SECTIONS.map(({ title, lead, Part }) => (
        <section key={title} class="panel stack">
          <h2>{title}</h2>
          {lead ? <p class="muted small">{lead}</p> : null}
          <Part form={form} row={row} context={context} />
        </section>
      ))}
    </FormFrame>
  );
}
