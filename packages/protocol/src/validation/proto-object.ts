import type { Parser, Place } from "./place.ts";

/**
 * A JSON object read by ProtoJSON's rules: a field may be spelled in lowerCamelCase or by its proto name, null is
 * absent, unknown fields are ignored. Only own properties are read, so a `__proto__` key gives nothing away.
 */
export class ProtoObject {
  readonly place: Place;
  readonly #fields: object;

  constructor(fields: object, place: Place) {
    this.#fields = fields;
    this.place = place;
  }

  /** The value as sent, null included; undefined when the key is not there. */
  raw(name: string): unknown {
    const value = own(this.#fields, name);
    return value ?? own(this.#fields, toProtoName(name)) ?? value;
  }

  has(name: string): boolean {
    return isGiven(this.raw(name));
  }

  optional<T>(name: string, parser: Parser<T>): T | undefined {
    return this.has(name) ? this.#parse(name, parser) : undefined;
  }

  required<T>(name: string, parser: Parser<T>): T | undefined {
    return this.has(name) ? this.#parse(name, parser) : this.place.field(name).report("is required");
  }

  /** The same object read by another parser. */
  as<T>(parser: Parser<T>): T | undefined {
    return parser(this.#fields, this.place);
  }

  #parse<T>(name: string, parser: Parser<T>): T | undefined {
    const place = this.place.field(name);
    const protoName = toProtoName(name);
    if (protoName !== name && isGiven(own(this.#fields, name)) && isGiven(own(this.#fields, protoName))) {
      return place.report(`is given twice, as ${name} and ${protoName}`);
    }
    return parser(this.raw(name), place);
  }
}

export function protoObject<T>(read: (object: ProtoObject) => T | undefined): Parser<T> {
  return (value, place) =>
    isObject(value) ? read(new ProtoObject(value, place)) : place.report("must be a JSON object");
}

/** A `oneof` of messages: exactly one of the members, and nothing else of it. */
export function exactlyOne<T>(members: { readonly [name: string]: Parser<T> }): Parser<T> {
  const names = Object.keys(members);
  return protoObject((object) => {
    const present = names.filter((name) => object.has(name));
    const [name] = present;
    const parser = name === undefined ? undefined : members[name];
    if (name === undefined || parser === undefined || present.length > 1) {
      return object.place.report(`must have exactly one of ${names.join(", ")}`);
    }
    return object.required(name, parser);
  });
}

export function map<A, B>(parser: Parser<A>, change: (parsed: A) => B): Parser<B> {
  return (value, place) => {
    const parsed = parser(value, place);
    return parsed === undefined ? undefined : change(parsed);
  };
}

/** Leaves out what is absent, as `exactOptionalPropertyTypes` wants it. The parameter lists every key, so none is forgotten. */
export function present<T extends object>(fields: { readonly [K in keyof T]-?: T[K] | undefined }): T {
  // A required field is undefined only after its parser reported, and then `parseWith` throws before anyone looks.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function own(fields: object, name: string): unknown {
  return Object.hasOwn(fields, name) ? Reflect.get(fields, name) : undefined;
}

const PROTO_NAMES = new Map<string, string>();

/** `contextId` → `context_id`. The names come from our code, so the cache is bounded by it. */
export function toProtoName(name: string): string {
  let protoName = PROTO_NAMES.get(name);
  if (protoName === undefined) {
    protoName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    PROTO_NAMES.set(name, protoName);
  }
  return protoName;
}
