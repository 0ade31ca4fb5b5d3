interface Props {
  name: string;
  /** #rrggbb: a ring in that colour; never the only sign of anything. */
  color?: string | null;
}

export function initials(name: string): string {
  const words = name.replace(/^(dr|prof|mr|mrs|ms|mx)\.?\s+/i, '').split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

export function Avatar({ name, color }: Props) {
  return (
    <span class="avatar" aria-hidden="true" style={color ? { boxShadow: `inset 0 0 0 2px ${color}` } : undefined}>{initials(name)}</span>
  );
}
