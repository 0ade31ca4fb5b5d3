/** Orders, payments and refunds as the API answers them. Amounts are minor parts of the currency. */
export type OrderState = 'open' | 'paid' | 'cancelled' | 'expired';
export type Standing = 'unpaid' | 'part_paid' | 'paid' | 'part_refunded' | 'refunded' | 'cancelled' | 'expired';
export type Method = 'cash' | 'terminal' | 'transfer' | 'card' | 'wallet' | 'other';
export interface OrderLine { position: number; kind: 'service' | 'product' | 'package' | 'top_up' | 'fee' | 'other'; ref_id: string | null; description: string; quantity: number; unit_minor: number; discount_minor: number; tax_name: string | null; tax_ppm: number; tax_minor: number; total_minor: number }
export interface Payment { id: string; order_id: string; method: Method; state: 'created' | 'processing' | 'succeeded' | 'failed' | 'expired'; dispute: 'none' | 'open' | 'won' | 'lost'; amount_minor: number; currency: string; refunded_minor: number; reference: string | null; till_session_id: string | null; failure: string | null; created_at: string }
export interface Refund { id: string; payment_id: string; order_id: string; amount_minor: number; currency: string; state: 'requested' | 'submitted' | 'succeeded' | 'failed'; cause: string; reason: string | null; failure: string | null; created_at: string }
export interface PaymentItem extends Payment { client_name: string | null }
export interface RefundItem extends Refund { client_name: string | null; method: Method }
export interface OrderHead {
  id: string; client_id: string | null; client_name: string | null; location_id: string; currency: string; state: OrderState; standing: Standing; tax_included: boolean; invoiced: boolean;
  gross_minor: number; discount_minor: number; tax_minor: number; total_minor: number; due_minor: number; paid_minor: number; refunded_minor: number; kept_minor: number; open_minor: number; refundable_minor: number;
  note: string | null; created_at: string; version: number;
}
export interface Order extends OrderHead { lines: OrderLine[]; payments: Payment[]; refunds: Refund[]; appointments: { id: string; status: string; start: string }[] }
