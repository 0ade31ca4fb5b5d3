/** The shapes of the API, as it answers them. */
export type Role = 'owner' | 'admin' | 'provider' | 'staff' | 'viewer';
export type Permission =
  | 'schedule.read' | 'schedule.write' | 'schedule.overbook' | 'schedule.undo'
  | 'clients.read' | 'clients.write' | 'settings.read' | 'settings.write' | 'team.read' | 'team.write' | 'audit.read'
  | 'orders.read' | 'orders.write' | 'refunds.write' | 'ledger.read' | 'ledger.write' | 'wallets.read' | 'wallets.write' | 'wallets.approve';
export type Status =
  | 'pending_payment' | 'scheduled' | 'confirmed' | 'checked_in' | 'in_progress' | 'completed' | 'cancelled' | 'no_show' | 'expired'
  | 'requested' | 'declined';

export interface Session {
  member: { id: string; name: string; email: string; role: Role };
  tenant: { id: string; name: string; slug: string; time_zone: string; currency: string; locale: string; week_start: number };
  permissions: Permission[];
  csrf_token: string;
  expires_at: string;
  idle_expires_at: string;
  /** When the e-mail address was confirmed; null: not yet. */
  email_verified: string | null;
}
export interface SessionRow {
  id: string;
  created_at: string;
  seen_at: string;
  address: string;
  user_agent: string;
  kind: 'cookie' | 'bearer';
  current: boolean;
}
export interface Registration {
  tenant_name: string;
  slug: string;
  name: string;
  email: string;
  password: string;
  time_zone: string;
  currency: string;
}

export interface Tenant {
  id: string;
  name: string;
  slug: string;
  time_zone: string;
  currency: string;
  locale: string;
  brand_color: string | null;
  phone: string | null;
  email: string | null;
  website: string | null;
  address: string | null;
  booking_enabled: boolean;
  booking_min_notice_min: number;
  booking_horizon_days: number;
  cancel_notice_min: number;
  move_notice_min: number;
  hold_minutes: number;
  pay_minutes: number;
  week_start: number;
  max_per_client_day: number | null;
  max_per_client_week: number | null;
  max_per_client_open: number | null;
  waitlist_public: boolean;
  waitlist_auto: boolean;
  waitlist_offer_min: number;
  waitlist_notice_min: number;
  waitlist_order: 'urgent' | 'waiting' | 'longest';
  version: number;
}
export interface Member { id: string; name: string; email: string; role: Role; created_at: string }
export interface Location { id: string; name: string; time_zone: string; address: string | null; phone: string | null; archived: boolean; version: number }
export interface Resource { id: string; name: string; kind: 'chair' | 'room' | 'device'; location_id: string; archived: boolean; version: number }
export interface Provider {
  id: string;
  name: string;
  title: string | null;
  color: string;
  member_id: string | null;
  bookable: boolean;
  position: number;
  service_ids: string[];
  archived: boolean;
  version: number;
}
export interface WeeklyHours { location_id: string; weekday: number; start: string; end: string }
export interface HoursException { date: string; closed: boolean; start: string | null; end: string | null; location_id: string | null; note: string | null }
export interface Hours { weekly: WeeklyHours[]; exceptions: HoursException[]; version: number }
export interface ServicePart { kind: 'provider' | 'resource'; resource_kind: Resource['kind'] | null; resource_ids: string[]; provider_ids: string[]; quantity: number; offset_min: number; duration_min: number | null }
export interface TravelPair { from_location_id: string; to_location_id: string; minutes: number }
export interface GroupSession {
  id: string;
  service_id: string;
  service_name: string;
  color: string;
  provider_id: string;
  provider_name: string;
  location_id: string;
  location_name: string;
  start: string;
  end: string;
  seats: number;
  taken: number;
  /** What it takes besides its provider; in lists and of one. */
  parts?: { subject_id: string; kind: 'provider' | 'resource'; start: string; end: string }[];
  cancelled_at: string | null;
  cancel_reason: string | null;
  roster?: { id: string; client_id: string; client_name: string; patient_id: string; patient_name: string; seat_no: number; status: string }[];
  version: number;
}
export interface Service {
  id: string;
  name: string;
  description: string | null;
  duration_min: number;
  buffer_before_min: number;
  buffer_after_min: number;
  step_min: number;
  price_minor: number;
  currency: string;
  color: string;
  public: boolean;
  any_provider: boolean;
  min_notice_min: number | null;
  horizon_days: number | null;
  max_per_day: number | null;
  resource_kind: Resource['kind'] | null;
  approval_required: boolean;
  approval_holds_time: boolean;
  approval_expires_after_min: number;
  move_notice_min: number | null;
  cancel_notice_min: number | null;
  max_per_client_day: number | null;
  max_per_client_week: number | null;
  max_per_client_open: number | null;
  question_count: number;
  pay: 'later' | 'deposit' | 'full';
  deposit_minor: number | null;
  deposit_percent: number | null;
  tax_rate_id: string | null;
  lead_min: number | null;
  seats: number;
  parts: ServicePart[];
  provider_ids: string[];
  position: number;
  archived: boolean;
  version: number;
  telehealth: boolean;
}
export type QuestionKind = 'text' | 'long_text' | 'choice' | 'multi_choice' | 'number' | 'date' | 'yes_no' | 'consent';
export interface Question { id: string; kind: QuestionKind; text: string; help: string | null; required: boolean; choices: string[]; min: number | null; max: number | null }
export interface Share { provider_id: string; priority: number; weight: number }
/** A question as it was asked, with what was answered; picks of a multi_choice stand one a line. */
export interface Answer { question_id: string; kind: QuestionKind; question: string; value: string }
export interface AnswerInput { question_id: string; value?: string; values?: string[] }
export interface BookingLink {
  id: string;
  url: string;
  token: string;
  service_ids: string[];
  provider_id: string | null;
  provider_name: string | null;
  client_id: string | null;
  client_name: string | null;
  expires_at: string;
  max_uses: number;
  uses: number;
  state: 'active' | 'used' | 'expired' | 'revoked';
  note: string | null;
  created_by: string;
  created_at: string;
  version: number;
}
export interface Holiday { id: string; date: string; name: string; location_id: string | null }

export interface Client {
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
  status: 'lead' | 'active' | 'inactive' | 'blocked';
  source: string | null;
  notes: string | null;
  date_of_birth: string | null;
  address: string | null;
  time_zone: string | null;
  locale: string | null;
  stats: { visits: number; no_shows: number; cancellations: number; last_visit_at: string | null; next_visit_at: string | null };
  patients?: Patient[];
  deleted: boolean;
  version: number;
  created_at: string;
  updated_at: string;
}
export interface Patient {
  id: string;
  client_id: string;
  kind: 'self' | 'dependant' | 'animal';
  name: string;
  date_of_birth: string | null;
  sex: 'female' | 'male' | 'other' | 'unknown' | null;
  species: string | null;
  breed: string | null;
  chip: string | null;
  notes: string | null;
  archived: boolean;
  version: number;
}

export interface Appointment {
  id: string;
  client_id: string;
  client_name: string;
  client_phone: string | null;
  patient_id: string;
  patient_name: string;
  patient_kind: Patient['kind'];
  service_id: string;
  service_name: string;
  service_color: string;
  provider_id: string;
  provider_name: string;
  location_id: string;
  resource_ids: string[];
  start: string;
  end: string;
  time_zone: string;
  status: Status;
  notes: string | null;
  price_minor: number;
  currency: string;
  source: 'staff' | 'public' | 'import';
  overbook_reason: string | null;
  cancel_reason: string | null;
  cancelled_by: string | null;
  series_id: string | null;
  lapses_at: string | null;
  sequence: number;
  version: number;
  created_at: string;
  updated_at: string;
  transitions: Status[];
  telehealth: boolean;
  parts?: { subject_id: string; kind: 'provider' | 'resource'; name: string; start: string; end: string }[];
  lead_min?: number | null;
  session_id?: string | null;
  visit_id?: string | null;
  order_id: string | null;
  order_state: 'open' | 'paid' | 'cancelled' | 'expired' | null;
  order_total_minor: number;
  order_paid_minor: number;
  order_refunded_minor: number;
  order_due_minor: number;
  pay_by: string | null;
}
/** What would go back of what was paid for an appointment, if it were cancelled now. */
export interface Cancellation {
  paid_minor: number;
  clinic_minor: number;
  client_minor: number;
  no_show_minor: number;
  currency: string;
  words: string | null;
  terms: Terms | null;
}
export interface CalendarItem {
  id: string;
  client_id: string;
  client_name: string;
  patient_id: string;
  patient_name: string;
  patient_kind: Patient['kind'];
  service_id: string;
  service_name: string;
  color: string;
  provider_id: string;
  location_id: string;
  resource_ids: string[];
  start: string;
  end: string;
  status: Status;
  notes: boolean;
  overbooked: boolean;
  series: boolean;
  owes: boolean;
  version: number;
  parts?: { subject_id: string; kind: 'provider' | 'resource'; start: string; end: string }[];
  lead_min?: number | null;
  /** A group session instead of one appointment (made here, see calendar/groups.ts). */
  session?: { id: string; taken: number; seats: number };
}
export type BlockPurpose = 'other' | 'time_off' | 'break';
export interface BlockedTime { id: string; kind: 'provider' | 'resource' | 'location'; subject_id: string; start: string; end: string; reason: string | null; version: number; all_day?: boolean; purpose?: BlockPurpose; rule_id?: string | null }
export interface BookingHit { appointment_id: string; client_name: string; service_name: string; provider_name: string; start: string; end: string }
export interface BlockedFull extends BlockedTime { rule: { sentence: string; time_zone: string; ends: boolean } | null; occurrences: number; hits_total: number; hits: BookingHit[] }
export interface BlockedLook { rrule: string | null; sentence: string | null; ends: boolean; total: number; occurrences: { start: string; end: string; dst_shifted: boolean }[]; hits_total: number; hits: BookingHit[] }
export interface BlockHit extends BookingHit { client_phone: string | null; provider_id: string; version: number; has_mail: boolean; next: { start: string; end: string; provider_id: string }[] }
export interface Reslotted { appointment_id: string; result: 'moved' | 'told' | 'taken' | 'changed' | 'not_hit' | 'no_mail' | 'refused'; start: string | null; end: string | null; provider_id: string | null; next: BlockHit['next'] }
export interface OpenHours { provider_id: string; location_id: string; start: string; end: string }
export interface OutsideBusy { provider_id: string; start: string; end: string }
export interface CalendarRange { appointments: CalendarItem[]; blocked: BlockedTime[]; outside?: OutsideBusy[]; open: OpenHours[]; from: string; to: string }
export interface MonthItem { id: string; start: string; client_name: string; color: string; provider_id: string; status: Status }
export interface MonthDay { date: string; total: number; requested: number; first: MonthItem[] }
export interface CalendarMonth { time_zone: string; days: MonthDay[] }
export interface Slot { start: string; end: string; provider_id: string; location_id: string }
export interface Conflict {
  kind: 'provider' | 'resource' | 'patient' | 'location';
  subject_id: string;
  start: string;
  end: string;
  appointment_id: string | null;
  what: 'appointment' | 'blocked' | 'hold' | 'calendar';
}
export interface ConflictDetails { conflicts?: Conflict[]; next?: Slot[] }

export interface AuditRow {
  id: string;
  at: string;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string;
  action: string;
  entity: string;
  entity_id: string | null;
  changes: Record<string, [unknown, unknown]> | null;
  address: string;
  request_id: string;
  warning: boolean;
}

/* --- public --- */
export interface PublicService {
  id: string;
  name: string;
  description: string | null;
  duration_min: number;
  price_minor: number;
  currency: string;
  color: string;
  any_provider: boolean;
  provider_ids: string[];
  approval_required: boolean;
  approval_expires_after_min: number;
  move_notice_min: number;
  cancel_notice_min: number;
  question_count: number;
  pay: 'later' | 'deposit' | 'full';
  due_minor: number;
  terms: Terms | null;
}
/** What goes back when a paid booking is cancelled; the longest notice first. */
export interface Terms {
  tiers: { notice_min: number; refund_percent: number }[];
  no_show_percent: number;
  fee_minor: number;
}
export interface BookingPayment {
  state: 'preparing' | 'ready' | 'failed' | 'paid' | 'over';
  url: string | null;
  failure: string | null;
  currency: string;
  total_minor: number;
  due_minor: number;
  paid_minor: number;
  /** Of what was paid: from the wallet. */
  wallet_minor: number;
  /** Kept in the wallet until the rest is paid. */
  held_minor: number;
  refunded_minor: number;
  refund_minor: number;
  pay_by: string | null;
  can_pay: boolean;
  terms: Terms;
}
export interface PublicProvider { id: string; name: string; title: string | null; color: string }
export interface PublicLocation { id: string; name: string; time_zone: string; address: string | null; phone: string | null }
export interface PublicClinic {
  name: string;
  slug: string;
  time_zone: string;
  currency: string;
  locale: string;
  brand_color: string | null;
  phone: string | null;
  email: string | null;
  website: string | null;
  address: string | null;
  booking_enabled: boolean;
  min_notice_min: number;
  horizon_days: number;
  cancel_notice_min: number;
  move_notice_min: number;
  policy: string | null;
  locations: PublicLocation[];
  services: PublicService[];
  providers: PublicProvider[];
  waitlist?: boolean;
  wallets?: boolean;
}
/** What one part of a wallet pays, and why so much. */
export interface WalletPart {
  name: string;
  kind: string;
  category: string | null;
  amount_minor: number;
  available_minor: number;
  coverage_ppm: number | null;
  copay_minor: number | null;
  limit_left_minor: number | null;
  expires_on: string | null;
}
export interface WalletPerson { client_id: string; name: string; covered_minor: number; card_minor: number; later_minor: number; parts: WalletPart[] }
export interface WalletQuote { currency: string; total_minor: number; persons: WalletPerson[]; terms: Terms }
export interface Hold { id: string; expires_at: string; provider_id: string; start: string; end: string }
export interface PublicBooking {
  service_id: string;
  provider_id?: string;
  location_id?: string;
  start: string;
  hold_id?: string;
  zone: string;
  client?: { name: string; email: string; phone?: string };
  wallet?: { proof: string; client_id: string; expect_minor: number };
  notes?: string;
  answers?: AnswerInput[];
  link?: string;
}
export interface BookedAppointment {
  id: string;
  status: Status;
  start: string;
  end: string;
  provider_id: string;
  service_id: string;
  provider_name: string;
  service_name: string;
  location_id: string;
  location_name: string;
  time_zone: string;
  price_minor: number;
  currency: string;
  telehealth?: boolean;
  lapses_at: string | null;
  version: number;
}
/** What a private link opens. */
export interface OpenedLink { clinic: PublicClinic; client_name: string | null; provider_id: string | null; expires_at: string; uses_left: number }
export interface Booked { appointment: BookedAppointment; token: string }
export interface ManagedBooking {
  appointment: BookedAppointment & { client_name: string };
  clinic: Pick<PublicClinic, 'name' | 'slug' | 'time_zone'> & Partial<PublicClinic>;
  service: PublicService;
  payment: BookingPayment | null;
  can_restore: boolean;
  can_confirm: boolean;
  can_move: boolean;
  can_cancel: boolean;
  move_until: string | null;
  cancel_until: string | null;
  calendar_url: string | null;
}
export type ManageAction =
  | { action: 'confirm' } | { action: 'restore' }
  | { action: 'cancel'; reason?: string }
  | { action: 'move'; start: string; provider_id?: string };
/* ---- till, products, documents ---- */
export interface TaxRate { id: string; name: string; ppm: number; archived: boolean; version: number; created_at: string }
export interface Product { id: string; name: string; sku: string | null; category: string | null; price_minor: number; currency: string; tax_rate_id: string | null; revenue_account: string; archived: boolean; version: number }
export interface Till { id: string; name: string; location_id: string; currency: string; account_code: string; carry_minor: number | null; session_id: string | null; archived: boolean; version: number }
export interface TillSession {
  id: string;
  till_id: string;
  till_name: string;
  location_id: string;
  currency: string;
  state: 'open' | 'closed';
  float_minor: number;
  opening_variance_minor: number | null;
  in_minor: number;
  out_minor: number;
  cash_minor: number;
  expected_minor: number;
  counted_minor: number | null;
  variance_minor: number | null;
  taken_minor: number | null;
  note: string | null;
  opened_at: string;
  opened_by_name: string;
  closed_at: string | null;
  closed_by_name: string | null;
  version: number;
}
export interface TillMove { id: string; session_id: string; kind: 'in' | 'out'; amount_minor: number; reason: string; actor_name: string; created_at: string }
export type DocumentKind = 'invoice' | 'receipt' | 'credit_note';
/** Without what stands only on the paper. */
export interface DocumentItem {
  id: string;
  kind: DocumentKind;
  number: string;
  order_id: string;
  payment_id: string | null;
  of_id: string | null;
  of_number: string | null;
  client_id: string | null;
  client_name: string | null;
  currency: string;
  net_minor: number;
  tax_minor: number;
  total_minor: number;
  paid_minor: number;
  payment_minor: number;
  credited_minor: number;
  open_minor: number;
  issued_at: string;
  issued_on: string;
  due_on: string | null;
  reason: string | null;
}
export interface DocumentLine { position: number; description: string; quantity: number; unit_minor: number; discount_minor: number; tax_name: string | null; tax_ppm: number; tax_minor: number; total_minor: number }
export interface PaperDocument extends DocumentItem { lines: DocumentLine[]; seller_name: string; buyer_lines: string }
export interface DocumentSettings {
  invoice_prefix: string;
  receipt_prefix: string;
  credit_note_prefix: string;
  yearly: boolean;
  payment_days: number;
  receipts_online: boolean;
  receipts_desk: boolean;
  legal_name: string | null;
  tax_id: string | null;
  notes: string | null;
  legal_text: string | null;
  next_invoice: number;
  next_receipt: number;
  next_credit_note: number;
  version: number;
}
