/** What one record may hold; the rest is left out and counted. */
export const LIMITS = {
  attributes: 128,
  /** Of events and links. */
  nestedAttributes: 32,
  events: 128,
  links: 128,
  keyLength: 256,
  nameLength: 1_024,
  /** Characters of one string, and of all strings of a record together. */
  stringLength: 65_536,
  recordLength: 262_144,
  /** Lists and maps within a value, and how many values a record's lists and maps have together. */
  depth: 8,
  values: 2_048,
  /** Of a histogram. */
  buckets: 512,
} as const;
