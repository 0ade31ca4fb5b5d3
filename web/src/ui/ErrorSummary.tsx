import type { Form } from './useForm';
import { Notice } from './Notice';

interface Props<V extends Record<string, string>> {
  form: Form<V>;
  /** "Please check two fields" */
  title: (count: number) => string;
  labels: Partial<Record<keyof V, string>>;
}

/** A label before a message; a question keeps its own mark. */
const lead = (label: string): string => (/[.?!:]$/.test(label) ? label : `${label}:`);

/** What is wrong in a form, on top of it: takes the focus, and each line leads to its field. */
export function ErrorSummary<V extends Record<string, string>>({ form, title, labels }: Props<V>) {
  const order = Object.keys(form.values);
  const wrong = (Object.keys(form.errors) as (keyof V & string)[]).filter((name) => form.errors[name]).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  if (wrong.length === 0 && !form.failure) return null;
  return (
    <Notice tone="danger" live title={wrong.length > 0 ? title(wrong.length) : undefined} noticeRef={form.summaryRef}>
      {wrong.length > 0 ? (
        <ul>
          {wrong.map((name) => (
            <li key={name}>
              <a href={`#${form.bind(name).id}`} onClick={(event) => { event.preventDefault(); document.getElementById(form.bind(name).id)?.focus(); }}>
                {lead(labels[name] ?? name)} {form.errors[name]}
              </a>
            </li>
          ))}
        </ul>
      ) : (
        <p>{form.failure?.message}</p>
      )}
    </Notice>
  );
}
