const MICROS = 1_000_000n;

/** Decimal text of millionths: "0.5", "-12.000001", "3". */
export function toDecimal(micros: number | bigint): string {
  const amount = BigInt(micros);
  const size = amount < 0n ? -amount : amount;
  const fraction = String(size % MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${size / MICROS}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Undefined for what is no amount of at most six decimals. */
export function toMicros(decimal: string): number | undefined {
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  return whole === undefined ? undefined : Number(whole) * Number(MICROS) + Number(fraction.padEnd(6, "0"));
}
