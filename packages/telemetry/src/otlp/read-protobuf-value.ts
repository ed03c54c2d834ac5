import type { AttributeValue, Attributes } from "../attributes.ts";
import { base64Of } from "./base64.ts";
import { LIMITS } from "./limits.ts";
import { AttributeBag, RecordBudget, numberValue } from "./record-budget.ts";
import type { WireReader } from "./wire-reader.ts";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "./wire-reader.ts";

/** KeyValue: key 1, value 2. */
export function readKeyValue(reader: WireReader, bag: AttributeBag, budget: RecordBudget, depth = 0): void {
  const end = reader.end();
  let key = "";
  let value: AttributeValue | undefined = null;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) key = reader.text();
    else if (reader.is(2, WIRE_BYTES)) value = readAnyValue(reader, budget, depth);
    else reader.skip();
  }
  bag.add(key, value);
}

/** AnyValue: string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7. Undefined: nested too deep. */
export function readAnyValue(reader: WireReader, budget: RecordBudget, depth = 0): AttributeValue | undefined {
  const end = reader.end();
  if (depth > LIMITS.depth) {
    reader.at = end;
    return undefined;
  }
  let value: AttributeValue | undefined = null;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) value = budget.text(reader.text());
    else if (reader.is(2, WIRE_VARINT)) value = reader.varint() !== 0;
    else if (reader.is(3, WIRE_VARINT)) value = reader.int64();
    else if (reader.is(4, WIRE_FIXED64)) value = numberValue(reader.double());
    else if (reader.is(5, WIRE_BYTES)) value = readList(reader, budget, depth + 1);
    else if (reader.is(6, WIRE_BYTES)) value = readMap(reader, budget, depth + 1);
    else if (reader.is(7, WIRE_BYTES)) value = budget.text(base64Of(reader.bytes()));
    else reader.skip();
  }
  return value;
}

/** Resource and InstrumentationScope have a budget of their own: many records share one. */
export function readResource(reader: WireReader): { readonly attributes: Attributes; readonly dropped: number } {
  const end = reader.end();
  const budget = new RecordBudget();
  const bag = new AttributeBag(budget, LIMITS.attributes);
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) readKeyValue(reader, bag, budget);
    else reader.skip();
  }
  return { attributes: bag.values, dropped: budget.dropped };
}

/** InstrumentationScope: name 1, version 2. Its attributes are not kept. */
export function readScope(reader: WireReader): string | undefined {
  const end = reader.end();
  let name = "";
  let version = "";
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) name = reader.text();
    else if (reader.is(2, WIRE_BYTES)) version = reader.text();
    else reader.skip();
  }
  return scopeName(name, version);
}

export function scopeName(name: string, version: string): string | undefined {
  if (name === "") return undefined;
  return new RecordBudget().text(version === "" ? name : `${name}/${version}`, LIMITS.nameLength);
}

function readList(reader: WireReader, budget: RecordBudget, depth: number): AttributeValue {
  const end = reader.end();
  const values: AttributeValue[] = [];
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES) && budget.takeValue()) {
      const value = readAnyValue(reader, budget, depth);
      if (value === undefined) budget.dropped += 1;
      else values.push(value);
    } else {
      reader.skip();
    }
  }
  return values;
}

function readMap(reader: WireReader, budget: RecordBudget, depth: number): AttributeValue {
  const end = reader.end();
  const bag = new AttributeBag(budget, LIMITS.values);
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES) && budget.takeValue()) readKeyValue(reader, bag, budget, depth);
    else reader.skip();
  }
  return bag.values;
}
