/** JSON as one line in the order that it was written in: its digest is over these bytes. */
export function jsonBytes(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
