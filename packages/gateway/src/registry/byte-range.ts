/** `whole`: the header says nothing that we read, which is allowed. `none`: nothing of it is there. */
export type RequestedRange =
  | { readonly kind: "whole" }
  | { readonly kind: "none" }
  | { readonly kind: "part"; readonly from: number; readonly to: number };

/** RFC 9110 §14.1.2, one range of bytes. `to` is exclusive. */
export function parseRange(header: string | undefined, size: number): RequestedRange {
  const [, first = "", last = ""] = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: "none" } : { kind: "part", from: size - length, to: size };
  }
  const [from, end] = [Number(first), last === "" ? size - 1 : Number(last)];
  // The last before the first is no range at all, and what is no range is passed over.
  if (last !== "" && end < from) return { kind: "whole" };
  return from >= size ? { kind: "none" } : { kind: "part", from, to: Math.min(end + 1, size) };
}

/** Of a piece of an upload: `<first>-<last>`, as the distribution specification has it; some send `bytes ` before. */
export function parseContentRange(header: string): { readonly from: number; readonly length: number } | undefined {
  const [, first, last] = /^(?:bytes[ =])?(\d{1,16})-(\d{1,16})(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const length = Number(last) - Number(first) + 1;
  return length < 0 ? undefined : { from: Number(first), length };
}
