const MICROS = 1_000_000;

export function toDecimal(micros: number): string {
  const fraction = String(micros % MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${Math.floor(micros / MICROS)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Undefined for what is no amount of at most six decimals. */
export function toMicros(decimal: string): number | undefined {
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  return whole === undefined ? undefined : Number(whole) * MICROS + Number(fraction.padEnd(6, "0"));
}
