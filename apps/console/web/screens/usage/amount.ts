/** Decimal text as it is, with its sign and currency: never through a floating-point number. */
export function money(amount: string, currency = "USD"): string {
  const sign = amount.startsWith("-") ? "−" : "";
  const [whole = "0", fraction = ""] = amount.replace(/^-/, "").split(".");
  return `${sign}${currency === "USD" ? "$" : `${currency} `}${whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")}.${fraction.padEnd(2, "0")}`;
}

export function seconds(text: string): string {
  return `${Number(text).toLocaleString("en", { maximumFractionDigits: 1 })} s`;
}

/** Millionths, exact; undefined for what is no such decimal. */
export function toMicros(text: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "0", fraction = ""] = match;
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
  return sign === "-" ? -micros : micros;
}
