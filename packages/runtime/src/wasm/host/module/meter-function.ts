import { joined, Kind, readInstruction, signed, skipValueType, unsigned, WasmReader } from "#wasm";

/** Indices of what `prepareModule` adds to a module. */
export interface MeterIndices {
  /** Global i64: what is left of the slice. */
  readonly fuel: number;
  /** Global i32: remembers the length of a bulk operation. */
  readonly length: number;
  /** Global i32: what the last `memory.grow` gave; -1 when it was refused. */
  readonly grown: number;
  /** Table with one function, called when the slice is used up. */
  readonly table: number;
  /** The type () -> (). */
  readonly type: number;
}

/** Of a bulk operation, bytes or entries that cost as much as one instruction: 16. */
const BULK_SHIFT = 4;

/** A place to insert a check, and how many instructions one pass of it stands for. */
interface Region {
  readonly at: number;
  cost: number;
}
interface Insertion {
  readonly at: number;
  readonly bytes: () => readonly number[];
}

/**
 * The body of a function with a check at its entry and at the head of each loop: no code runs long without passing one,
 * since only calls and loops go back. `body` is what follows the size.
 */
export function meterFunction(body: Uint8Array, indices: MeterIndices): Uint8Array {
  const code = new WasmReader(body);
  for (let groups = code.u32(); groups > 0; groups--) {
    code.skipNumber();
    skipValueType(code);
  }
  const insertions: Insertion[] = [];
  const open = (): Region => {
    const region: Region = { at: code.at, cost: 1 };
    insertions.push({ at: region.at, bytes: () => check(indices, region.cost) });
    return region;
  };
  const regions = [open()];
  while (!code.done) {
    const at = code.at;
    const kind = readInstruction(code);
    const region = regions.at(-1);
    if (region === undefined) break;
    region.cost++;
    if (kind === Kind.Block) regions.push(region);
    else if (kind === Kind.Loop) regions.push(open());
    else if (kind === Kind.End) regions.pop();
    else if (kind === Kind.MemoryGrow) insertions.push({ at: code.at, bytes: () => stopNow(indices) });
    else if (kind === Kind.Bulk) {
      insertions.push({ at, bytes: () => [0x24, ...unsigned(indices.length), 0x23, ...unsigned(indices.length)] });
      insertions.push({ at: code.at, bytes: () => chargeLength(indices) });
    }
  }
  const pieces: (Uint8Array | readonly number[])[] = [];
  let from = 0;
  for (const { at, bytes } of insertions) {
    pieces.push(body.subarray(from, at), bytes());
    from = at;
  }
  return joined([...pieces, body.subarray(from)]);
}

/** fuel -= cost; if (fuel < 0) table[0]() */
function check({ fuel, table, type }: MeterIndices, cost: number): readonly number[] {
  const index = unsigned(fuel);
  const charge = [0x23, ...index, 0x42, ...signed(cost), 0x7d, 0x24, ...index];
  const isSpent = [0x23, ...index, 0x42, 0x00, 0x53];
  return [...charge, ...isSpent, 0x04, 0x40, 0x41, 0x00, 0x11, ...unsigned(type), ...unsigned(table), 0x0b];
}

/** After `memory.grow` the host looks at once whether the agent has too much. */
function stopNow(indices: MeterIndices): readonly number[] {
  const keep = [0x24, ...unsigned(indices.grown), 0x23, ...unsigned(indices.grown)];
  return [...keep, 0x42, 0x00, 0x24, ...unsigned(indices.fuel), ...check(indices, 1)];
}

function chargeLength(indices: MeterIndices): readonly number[] {
  const fuel = unsigned(indices.fuel);
  const length = [0x23, ...unsigned(indices.length), 0xad, 0x42, BULK_SHIFT, 0x88];
  return [0x23, ...fuel, ...length, 0x7d, 0x24, ...fuel, ...check(indices, 1)];
}
