/** An entry of the waitlist, as the API gives it. */
export const STATES = ['waiting', 'offered', 'booked', 'withdrawn', 'lapsed'] as const;

export interface WantWindow { readonly weekday: number; readonly start: string; readonly end: string }

export interface Want {
  readonly id: string;
  readonly status: (typeof STATES)[number];
  readonly client_id: string;
  readonly client_name: string;
  readonly client_phone: string | null;
  readonly service_id: string;
  readonly service_name: string;
  readonly provider_id: string | null;
  readonly provider_name: string | null;
  readonly location_id: string | null;
  readonly location_name: string | null;
  readonly windows: readonly WantWindow[];
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly priority: number;
  readonly note: string | null;
  readonly created_at: string;
  readonly version: number;
}
