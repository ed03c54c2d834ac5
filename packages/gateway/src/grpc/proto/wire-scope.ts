import type { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { PlatformError } from "@berth/protocol";

interface Bounds {
  /** Where the message at hand ends, in the reader's bytes. */
  readonly end: number;
  /** Objects and lists around what is read now, counted as in JSON. */
  readonly depth: number;
  readonly maxDepth: number;
}

/** The stretch of bytes that is one message. Nothing in it may reach over its end, or nest too deep. */
export class WireScope {
  readonly reader: BinaryReader;
  readonly #bounds: Bounds;

  /** @throws REQUEST_TOO_DEEP */
  constructor(reader: BinaryReader, bounds: Bounds) {
    if (bounds.depth > bounds.maxDepth) {
      throw new PlatformError("REQUEST_TOO_DEEP", `The message nests deeper than ${bounds.maxDepth} levels.`);
    }
    this.reader = reader;
    this.#bounds = bounds;
  }

  /** The fields, in the order of the wire. Whoever gets one reads its value, or skips it, before asking for the next. */
  *tags(): Generator<[number: number, wireType: WireType]> {
    const { end } = this.#bounds;
    while (this.reader.pos < end) yield this.reader.tag();
    if (this.reader.pos !== end) throw new RangeError("a field reaches over the end of its message");
  }

  /** The same stretch as something that JSON writes one level further in. */
  deeper(): WireScope {
    return new WireScope(this.reader, { ...this.#bounds, depth: this.#bounds.depth + 1 });
  }

  /** The message that begins here, by its length. */
  enter(): WireScope {
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.#bounds.end) throw new RangeError("a message reaches over the end of the one around it");
    return new WireScope(this.reader, { ...this.#bounds, end });
  }

  /** As for a JSON body. @throws INVALID_REQUEST for a key that would reach an object's prototype. */
  assertKey(key: string): void {
    if (key !== "__proto__") return;
    throw new PlatformError("INVALID_REQUEST", `The message has a key named "__proto__", which is not accepted.`);
  }
}
