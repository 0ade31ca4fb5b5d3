/** One of a series is changed: this one, the following, or all? */
import { useState } from 'preact/hooks';
import { get } from '../../api/client';
import { texts } from '../../app/text';
import { useQuery } from '../../lib/query';
import { Button } from '../../ui/Button';
import { RadioCards } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import en from './en.json';

const t = texts(en);
export type Scope = 'this' | 'following' | 'all';

export function ScopeChoice({ value, cancelling, onChange }: { readonly value: Scope; readonly cancelling?: boolean; readonly onChange: (scope: Scope) => void }) {
  return (
    <RadioCards
      label={t(cancelling ? 'scope.cancelLabel' : 'scope.label')}
      value={value}
      options={[{ value: 'this', label: t('scope.this') }, { value: 'following', label: t('scope.following') }, { value: 'all', label: t('scope.all') }]}
      onChange={onChange}
    />
  );
}

export function ScopeDialog({ busy, problem, lead, back, onChoose, onClose }: { readonly busy: boolean; readonly problem: string | null; readonly lead?: string; readonly back?: string; readonly onChoose: (scope: Scope) => void; readonly onClose: () => void }) {
  const [scope, setScope] = useState<Scope>('this');
  return (
    <Dialog
      title={t('scope.title')}
      closeLabel={t('scope.close')}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{back ?? t('scope.back')}</Button>
          <Button kind="primary" busy={busy} onClick={() => onChoose(scope)}>{t('scope.save')}</Button>
        </>
      }
    >
      {lead ? <p>{lead}</p> : null}
      {problem ? <p role="alert">{problem}</p> : null}
      <form onSubmit={(event) => { event.preventDefault(); onChoose(scope); }}>
        <ScopeChoice value={scope} onChange={setScope} />
      </form>
      {scope !== 'this' ? <p class="muted small">{t('scope.note')}</p> : null}
    </Dialog>
  );
}

export function SeriesLine({ id }: { readonly id: string }) {
  const query = useQuery<{ sentence: string }>(['appointment', id, 'series'], async (signal) => (await get<{ sentence: string }>(`appointments/${id}/recurring`, { signal })).data);
  return <p class="small"><Icon name="repeat" size="sm" class="icon-inline" /> {query.data ? t('line.text', { sentence: query.data.sentence }) : t('line.loading')}</p>;
}
