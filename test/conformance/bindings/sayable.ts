/** proto3 does not tell an empty list, text, zero or false from one that is not there, but where it is marked optional. */
export function sayableInProtobuf(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(sayableInProtobuf);
  if (typeof answer !== "object" || answer === null) return answer;
  const entries = Object.entries(answer).map(([name, value]) => [name, sayableInProtobuf(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => !isDefault(value)));
}

function isDefault(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

/** 0.3 has no empty lists, no media type on a text part, and other names for the fields that a refusal points at. */
export function sayableInV03(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(sayableInV03);
  if (typeof answer !== "object" || answer === null) return answer;
  if ("reason" in answer && "fields" in answer) return answer.reason;
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([name, value]) => name !== "mediaType" && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [name, sayableInV03(value)]),
  );
}
