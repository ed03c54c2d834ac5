/** Numbers in [0, 1) that are the same for the same seed (mulberry32): what fails can be done again. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

const LETTERS = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.: ");

interface Spot {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
  readonly path: string;
}

/**
 * Changes one thing in a JSON value, in place, anywhere: a letter, a bit, a number; a member lost, doubled, or taken from
 * elsewhere. Returns where. Parts of `exempt` are never lost or replaced as a whole, only changed inside.
 */
export function mutateJson(root: Record<string, unknown>, random: () => number, exempt: RegExp): string {
  const spots = spotsOf(root, "");
  const spot = pick(spots, random);
  const { holder, key, path } = spot;
  const value = read(spot);
  if (random() < 0.1 && !exempt.test(path)) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (random() < 0.1 && Array.isArray(holder)) {
    holder.splice(Number(key), 0, structuredClone(value));
  } else if ((random() < 0.2 || typeof value === "object") && !exempt.test(path)) {
    write(spot, structuredClone(read(pick(spots, random))));
  } else if (typeof value === "string") write(spot, mutateText(value, random));
  else if (typeof value === "number") write(spot, value + pick([-1, 1, 2, 256, 2 ** 31], random));
  else write(spot, value !== true);
  return path;
}

/** One character becomes another of the kind that base64, hex and names are made of. */
export function mutateText(text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length + 1));
  const letter = pick(LETTERS, random);
  // Where it fell into the middle of a character, the other half is no text.
  return (text.slice(0, at) + letter + text.slice(random() < 0.9 ? at + 1 : at)).toWellFormed();
}

function spotsOf(holder: Record<string, unknown> | unknown[], prefix: string): Spot[] {
  return Object.keys(holder).flatMap((key) => {
    const path = `${prefix}/${key}`;
    const spot = { holder, key, path };
    const value = read(spot);
    // Parsed JSON: an object is a record or an array.
    const inside =
      typeof value === "object" && value !== null ? spotsOf(value as Record<string, unknown> | unknown[], path) : [];
    return [spot, ...inside];
  });
}

function read({ holder, key }: Spot): unknown {
  return Array.isArray(holder) ? holder[Number(key)] : holder[key];
}

function write({ holder, key }: Spot, value: unknown): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else holder[key] = value;
}
