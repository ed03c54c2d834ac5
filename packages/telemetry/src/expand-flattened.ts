import type { AttributeValue, Attributes } from "./attributes.ts";

const MAX_INDEX = 512;
const MAX_DEPTH = 12;

interface Branch {
  readonly children: Map<string, Branch>;
  value?: AttributeValue;
}

/**
 * The list that was flattened into keys such as `llm.input_messages.0.message.role`: OpenInference's wrappers (`message`,
 * `message_content`, `tool_call`) are taken off. Empty: there is none.
 */
export function expandFlattened(attributes: Attributes, prefix: string): readonly AttributeValue[] {
  const root: Branch = { children: new Map() };
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith(prefix)) put(root, key.slice(prefix.length).split("."), value);
  }
  if (root.children.size === 0) return [];
  const list = toValue(root);
  return Array.isArray(list) ? list : [];
}

const WRAPPERS: ReadonlySet<string> = new Set(["message", "message_content", "tool_call"]);

function put(root: Branch, path: readonly string[], value: AttributeValue): void {
  if (path.length > MAX_DEPTH) return;
  let branch = root;
  for (const name of path) {
    // What they wrap stands one level higher.
    if (WRAPPERS.has(name)) continue;
    let child = branch.children.get(name);
    if (child === undefined) {
      child = { children: new Map() };
      branch.children.set(name, child);
    }
    branch = child;
  }
  branch.value = value;
}

function toValue({ children, value }: Branch): AttributeValue {
  if (children.size === 0) return value ?? null;
  const entries = [...children];
  if (!entries.every(([name]) => isIndex(name)))
    return Object.fromEntries(
      entries.filter(([name]) => name !== "__proto__").map(([name, child]) => [name, toValue(child)]),
    );
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => toValue(child));
}

function isIndex(name: string): boolean {
  return /^\d{1,3}$/.test(name) && Number(name) < MAX_INDEX;
}
