// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
export const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** Without the sequences that colour a terminal (ECMA-48, CSI and OSC). */
export function withoutAnsi(text: string): string {
  return text.includes("\u001b") ? text.replaceAll(ANSI, "") : text;
}

/** 14:03:59.123, in the time of whoever reads it. */
export function clockOf(us: number): string {
  const at = new Date(us / 1_000);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** What a body says when it is JSON: an object or a list. */
export function jsonOf(body: string): unknown {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
