/**
 * Where appointments that overlap in time stand beside each other in one column.
 *
 * Pure: spans in, lanes out. A cluster is a maximal run of spans that touch each other directly or through
 * a third; inside it every span takes the first lane that is free when it starts, so the number of lanes is the
 * largest number of spans that are open at once. A span then widens over the lanes to its right that nobody
 * uses while it lasts.
 */

export interface Span {
  readonly id: string;
  /** Minutes since midnight of the column's day; may be below 0 or above 1440 when the span crosses midnight. */
  readonly start: number;
  readonly end: number;
}

export interface Lane {
  readonly id: string;
  /** 0 is the first lane. */
  readonly lane: number;
  /** How many lanes the cluster has. */
  readonly lanes: number;
  /** How many lanes this span covers (1 or more). */
  readonly width: number;
}

/** A span shorter than this is laid out as if it lasted so long, because it is drawn so tall. */
export const MIN_LAYOUT_MINUTES = 10;

interface Placed {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  lane: number;
}

export function layoutLanes(spans: readonly Span[]): Map<string, Lane> {
  const result = new Map<string, Lane>();
  const sorted = [...spans].sort(compareSpans).map(toPlaced);
  let cluster: Placed[] = [];
  let clusterEnd = -Infinity;
  for (const item of sorted) {
    if (cluster.length > 0 && item.start >= clusterEnd) {
      closeCluster(cluster, result);
      cluster = [];
      clusterEnd = -Infinity;
    }
    cluster.push(item);
    clusterEnd = Math.max(clusterEnd, item.end);
  }
  closeCluster(cluster, result);
  return result;
}

/** Earlier first, longer first, then by id so that two runs give the same picture. */
export function compareSpans(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function toPlaced(span: Span): Placed {
  return { id: span.id, start: span.start, end: Math.max(span.end, span.start + MIN_LAYOUT_MINUTES), lane: 0 };
}

function closeCluster(cluster: Placed[], result: Map<string, Lane>): void {
  const laneEnds: number[] = [];
  for (const item of cluster) {
    let lane = laneEnds.findIndex((end) => end <= item.start);
    if (lane === -1) lane = laneEnds.length;
    laneEnds[lane] = item.end;
    item.lane = lane;
  }
  const lanes = laneEnds.length;
  for (const item of cluster) {
    result.set(item.id, { id: item.id, lane: item.lane, lanes, width: freeWidth(item, cluster, lanes) });
  }
}

function freeWidth(item: Placed, cluster: readonly Placed[], lanes: number): number {
  let limit = lanes;
  for (const other of cluster) {
    if (other.lane > item.lane && other.lane < limit && other.start < item.end && item.start < other.end) limit = other.lane;
  }
  return limit - item.lane;
}
