import * as fc from "fast-check";
import type { AttributeValue, Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import type { SpanRecord } from "../span.ts";

// Records as a reader makes them: what is written of these is read again as it was.

const text = fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.replaceAll("\0", ""));
const key = fc.stringMatching(/^[a-z][a-z.]{0,12}$/);
// Nothing tells -0 from 0 on the way.
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const number = fc.oneof(fc.maxSafeInteger(), double);
const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    text,
    fc.boolean(),
    number,
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true });
const timeUs = fc.integer({ min: 1, max: 4_000_000_000_000_000 });
const id = (length: 16 | 32): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((hex) => !/^0+$/.test(hex));
const source = {
  source: fc.constant("agent" as const),
  resource: fc.option(attributes, { nil: undefined }),
  scope: fc.option(fc.constantFrom("my-scope", "@scope/package/1.2.3", "a/b"), { nil: undefined }),
};
const name = fc.stringMatching(/^[a-z._]{1,20}$/);

export const spanRecord: fc.Arbitrary<SpanRecord> = fc
  .record({
    ...source,
    traceId: id(32),
    spanId: id(16),
    parentSpanId: fc.option(id(16), { nil: undefined }),
    traceState: fc.option(fc.constant("a=b,c=d"), { nil: undefined }),
    name: text,
    kind: fc.constantFrom("internal" as const, "server", "client", "producer", "consumer"),
    startUs: timeUs,
    ranUs: fc.option(fc.nat(), { nil: undefined }),
    status: fc.constantFrom("unset" as const, "ok", "error"),
    statusMessage: fc.option(name, { nil: undefined }),
    attributes,
    events: fc.option(fc.array(fc.record({ name, atUs: timeUs, attributes }), { minLength: 1, maxLength: 2 }), {
      nil: undefined,
    }),
    links: fc.option(fc.array(fc.record({ traceId: id(32), spanId: id(16) }), { minLength: 1, maxLength: 2 }), {
      nil: undefined,
    }),
  })
  .map(({ ranUs, ...span }) =>
    withoutUndefined<SpanRecord>({ ...span, endUs: ranUs === undefined ? undefined : span.startUs + ranUs }),
  );

export const logRecord: fc.Arbitrary<LogRecord> = fc
  .record({
    ...source,
    atUs: timeUs,
    severity: fc.nat(24),
    body: text.filter((body) => body !== ""),
    attributes,
    traceId: id(32),
    spanId: id(16),
  })
  .map((log) => withoutUndefined<LogRecord>(log));

const point = { ...source, name, unit: fc.constantFrom("1", "ms", ""), atUs: timeUs, attributes };
const temporality = fc.constantFrom("delta" as const, "cumulative");

export const metricPoint: fc.Arbitrary<MetricPoint> = fc
  .oneof(
    fc.record({ ...point, type: fc.constant("gauge" as const), value: double }),
    fc.record({
      ...point,
      type: fc.constant("sum" as const),
      temporality,
      monotonic: fc.boolean(),
      startUs: timeUs,
      value: double,
    }),
    fc
      .record({
        ...point,
        type: fc.constant("histogram" as const),
        temporality,
        sum: double,
        steps: fc.array(fc.nat(1_000), { maxLength: 6 }),
      })
      .map(({ steps, ...histogram }) => ({
        ...histogram,
        count: steps.length,
        bounds: steps.map((_, n) => n * 2.5),
        counts: [0, ...steps],
      })),
  )
  .map((each) => withoutUndefined<MetricPoint>(each));

function withoutUndefined<R>(record: { readonly [K in keyof R]: R[K] | undefined }): R {
  // Members that are undefined are gone; the others are as R has them.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as R;
}
