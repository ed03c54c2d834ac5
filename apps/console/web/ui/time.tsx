const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** "5 min. ago", with the whole time in UTC on hover. */
export function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toISOString()} className="whitespace-nowrap">
      {relative(date.getTime() - Date.now())}
    </time>
  );
}

function relative(ms: number): string {
  for (const [unit, length] of UNITS) {
    if (Math.abs(ms) >= length) return RELATIVE.format(Math.round(ms / length), unit);
  }
  return "now";
}

/** 1.2 s, 340 ms, 12 µs, 3 min 4 s. */
export function formatDuration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${trim(us / 1_000)} ms`;
  if (us < 60_000_000) return `${trim(us / 1_000_000)} s`;
  const minutes = Math.floor(us / 60_000_000);
  if (minutes < 60) return `${minutes} min ${Math.round((us % 60_000_000) / 1_000_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${trim(bytes / 1_024)} KiB`;
  if (bytes < 1_073_741_824) return `${trim(bytes / 1_048_576)} MiB`;
  return `${trim(bytes / 1_073_741_824)} GiB`;
}

/** Millionths of a US dollar. */
export function formatCost(micros: number): string {
  const dollars = micros / 1_000_000;
  return `$${dollars < 1 ? dollars.toFixed(dollars < 0.01 ? 6 : 4) : dollars.toFixed(2)}`;
}

function trim(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
