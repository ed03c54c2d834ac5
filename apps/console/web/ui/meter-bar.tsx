export interface MeterBarProps {
  /** What is measured, for those who do not see the bar. */
  readonly label: string;
  readonly value: number;
  readonly max: number;
}

/** How much of something there is, as a bar. Not `<meter>`: browsers colour that by themselves. */
export function MeterBar({ label, value, max }: MeterBarProps) {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      className="h-1.5 w-24 shrink-0 overflow-hidden rounded-full bg-line"
    >
      <div className="h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
    </div>
  );
}
