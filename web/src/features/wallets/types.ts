/** Shapes of the API that only these screens use. */
export const CATEGORIES = ['consultation', 'dental', 'pharmacy', 'laboratory', 'vision', 'physiotherapy', 'imaging', 'mental_health', 'prevention', 'other'] as const;
export type Category = (typeof CATEGORIES)[number];
export type BucketKind = 'granted' | 'promo' | 'bought' | 'cash' | 'visits';
export interface Sponsor { readonly id: string; readonly name: string; readonly email: string | null; readonly notes: string | null; readonly archived: boolean; readonly members: number; readonly version: number }
export interface PolicyCategory { readonly category: Category; readonly limit_minor: number; readonly coverage_ppm: number; readonly copay_minor: number }
export interface Policy {
  readonly id: string; readonly sponsor_id: string; readonly sponsor_name: string; readonly name: string; readonly currency: string; readonly starts_on: string; readonly ends_on: string | null;
  readonly year_month: number; readonly family_limit_minor: number | null; readonly archived: boolean; readonly version: number; readonly categories: readonly PolicyCategory[];
}
export interface Member {
  readonly id: string; readonly policy_id: string; readonly policy_name: string; readonly client_id: string; readonly client_name: string; readonly wallet_id: string; readonly head_id: string | null;
  readonly head_name: string | null; readonly number: string | null; readonly starts_on: string; readonly ends_on: string | null; readonly version: number;
}
export interface Bucket {
  readonly id: string; readonly kind: BucketKind; readonly name: string; readonly unit: string; readonly category: Category | null; readonly policy_name: string | null; readonly service_name: string | null;
  readonly expires_on: string | null; readonly limit_left: number | null; readonly balance: number; readonly available: number;
}
export interface Wallet { readonly id: string; readonly client_id: string; readonly client_name: string; readonly currency: string; readonly balance_minor: number; readonly available_minor: number; readonly buckets: readonly Bucket[] }
export interface Line { readonly id: string; readonly bucket_id: string; readonly bucket_name: string; readonly cause: string; readonly reason: string | null; readonly change: number; readonly balance: number; readonly created_at: string }
export interface Statement { readonly currency: string; readonly opening_minor: number; readonly closing_minor: number; readonly lines: readonly Line[] }
export interface Claim {
  readonly id: string; readonly client_id: string; readonly client_name: string; readonly category: Category; readonly currency: string; readonly amount_minor: number; readonly treated_on: string; readonly description: string;
  readonly state: 'submitted' | 'in_review' | 'paid' | 'rejected'; readonly approved_minor: number | null; readonly reason: string | null; readonly created_at: string; readonly version: number;
}
export interface Adjustment {
  readonly id: string; readonly wallet_id: string; readonly bucket_name: string; readonly unit: string; readonly client_name: string; readonly amount_minor: number; readonly reason: string;
  readonly state: 'waiting' | 'done' | 'refused'; readonly asked_by: string | null; readonly asked_by_name: string | null; readonly created_at: string; readonly version: number;
}
export interface Sold { readonly order_id: string; readonly total_minor: number; readonly currency: string }
