/**
 * Values, messages and the sending of one form. The browser's own checks come first (required, type=email…), without its
 * bubbles; the server's 422 is the authority and is merged by field path. On errors the focus goes to the summary.
 */
import { useRef, useState } from 'preact/hooks';
import { ApiError } from '../lib/http';

export interface FormOptions<V extends Record<string, string>> {
  initial: V;
  /** Messages for what the browser cannot check; empty object: fine. */
  validate?: (values: V) => Partial<Record<keyof V, string>>;
  /** Field of the form for a path of the server ("client.email" -> "email"); default: the last part of the path. */
  fieldOf?: (path: string) => string;
  submit: (values: V) => Promise<void>;
}

export interface Form<V extends Record<string, string>> {
  values: V;
  errors: Partial<Record<keyof V, string>>;
  /** What concerns no single field: the server's sentence, or null. */
  failure: ApiError | null;
  busy: boolean;
  dirty: boolean;
  summaryRef: { current: HTMLDivElement | null };
  set: (name: keyof V & string, value: string) => void;
  setFailure: (failure: ApiError | null) => void;
  bind: (name: keyof V & string) => { id: string; name: string; value: string; error: string | null; onValue: (value: string) => void };
  onSubmit: (event: Event) => void;
}

type Errors<V> = Partial<Record<keyof V, string>>;

function nativeErrors<V>(form: HTMLFormElement): Errors<V> {
  const found: Record<string, string> = {};
  for (const control of Array.from(form.elements)) {
    const input = control as HTMLInputElement;
    if (input.name && input.willValidate && !input.validity.valid) found[input.name] = input.dataset['invalid'] ?? input.validationMessage;
  }
  return found as Errors<V>;
}

export function serverErrors(error: ApiError, names: readonly string[], fieldOf?: (path: string) => string): { fields: Record<string, string>; rest: string[] } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const [path, message] of Object.entries(error.fields)) {
    const name = fieldOf ? fieldOf(path) : (path.split('.').pop() ?? path);
    const sentence = message.charAt(0).toUpperCase() + message.slice(1);
    if (names.includes(name)) fields[name] = sentence;
    else rest.push(`${path}: ${message}`);
  }
  return { fields, rest };
}

let forms = 0;

export function useForm<V extends Record<string, string>>(options: FormOptions<V>): Form<V> {
  const [values, setValues] = useState(options.initial);
  const [errors, setErrors] = useState<Errors<V>>({});
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [prefix] = useState(() => `f${(forms += 1)}`);
  const sending = useRef(false);
  const summaryRef = useRef<HTMLDivElement | null>(null);

  const showSummary = (): void => { setTimeout(() => summaryRef.current?.focus(), 0); };

  const fail = (error: unknown): void => {
    const api = error instanceof ApiError ? error : new ApiError(0, 'INTERNAL', error instanceof Error ? error.message : String(error));
    const { fields, rest } = serverErrors(api, Object.keys(values), options.fieldOf);
    setErrors(fields as Errors<V>);
    if (Object.keys(fields).length === 0) setFailure(rest.length > 0 ? new ApiError(api.status, api.code, rest.join('; '), api.details, api.requestId) : api);
    showSummary();
  };

  const send = async (form: HTMLFormElement): Promise<void> => {
    if (sending.current) return;
    setFailure(null);
    const found = { ...nativeErrors<V>(form), ...options.validate?.(values) };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      showSummary();
      return;
    }
    sending.current = true;
    setBusy(true);
    try {
      await options.submit(values);
    } catch (error) {
      fail(error);
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };

  const set = (name: keyof V & string, value: string): void => {
    setValues((old) => ({ ...old, [name]: value }));
    setErrors((old) => (old[name] === undefined ? old : { ...old, [name]: undefined }));
  };

  return {
    values, errors, failure, busy, summaryRef, set, setFailure,
    dirty: Object.keys(values).some((name) => values[name] !== options.initial[name]),
    bind: (name) => ({ id: `${prefix}-${name}`, name, value: values[name] as string, error: errors[name] ?? null, onValue: (value) => set(name, value) }),
    onSubmit: (event) => {
      event.preventDefault();
      void send(event.currentTarget as HTMLFormElement);
    },
  };
}
