/** An offer of a time, open or closed. */
export interface Running {
  readonly id: string; readonly want_id: string; readonly client_id: string; readonly client_name: string; readonly service_name: string;
  readonly status: 'open' | 'accepted' | 'declined' | 'lapsed' | 'taken_back';
  readonly start: string; readonly end: string; readonly sends_at: string; readonly expires_at: string;
}

/** Who would take a time. */
export interface Match {
  readonly want_id: string; readonly client_id: string; readonly client_name: string; readonly client_phone: string | null; readonly service_name: string;
  readonly note: string | null; readonly priority: number; readonly start: string; readonly end: string; readonly provider_id: string; readonly location_id: string;
}

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
