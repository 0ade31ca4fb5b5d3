/**
 * The editor of a service is a list of sections, each a file of its own: its fields, what they become for the server, and how
 * they are shown. A new section is a file and a line in sections.ts.
 *
 * Values are texts, as in every form here; a list is held as JSON text ("[]") and shown with ListEditor.
 */
import type { ComponentType } from 'preact';
import type { Provider, Service } from '../../../api/types';
import type { Form } from '../../../ui/useForm';

export type Values = Record<string, string>;

/** What the sections may need to know besides the service itself. */
export interface Context {
  readonly currency: string;
  readonly providers: readonly Provider[];
}

export interface SectionProps {
  readonly form: Form<Values>;
  /** null: a new service. */
  readonly row: Service | null;
  readonly context: Context;
}

export interface ServiceSection {
  readonly title: string;
  readonly lead?: string;
  /** The fields of the section with what they hold at first. Names are the server's where a field is one value there. */
  readonly initial: (row: Service | null, context: Context) => Values;
  /** The section's part of what is sent. */
  readonly body: (values: Values, context: Context) => Readonly<Record<string, unknown>>;
  /** Names of the fields for the summary of mistakes. */
  readonly labels: Readonly<Record<string, string>>;
  /** Mistakes the browser cannot find by itself, by field. */
  readonly validate?: (values: Values, context: Context) => Readonly<Record<string, string | undefined>>;
  /** Fields of the server that are called otherwise here: { price_minor: 'price' }. Of "questions[0].text" the first word counts. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly Part: ComponentType<SectionProps>;
}

/** Flags are '1' and ''. */
export const flag = (on: boolean | undefined): string => (on ? '1' : '');
