import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JsonRecord } from "./field-ownership.ts";

/** The official OpenAPI schemas, as kubernetes-models compiles them into validators. */
const FOLDERS: Readonly<Record<string, string>> = {
  v1: "kubernetes-models/v1",
  "apps/v1": "kubernetes-models/apps/v1",
  "networking.k8s.io/v1": "kubernetes-models/networking.k8s.io/v1",
  "autoscaling/v2": "kubernetes-models/autoscaling/v2",
  "policy/v1": "kubernetes-models/policy/v1",
  "serving.knative.dev/v1": "@kubernetes-models/knative/serving.knative.dev/v1",
  "gateway.networking.k8s.io/v1": "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1",
};

const MODULES = join(import.meta.dirname, "../node_modules");

/** What the schema of its kind says against an object; undefined when nothing. @throws Error for a kind without a schema */
export async function schemaObjection(object: JsonRecord): Promise<string | undefined> {
  const { apiVersion, kind } = object;
  const folder = typeof apiVersion === "string" ? FOLDERS[apiVersion] : undefined;
  if (folder === undefined || typeof kind !== "string")
    throw new Error(`no schema of ${JSON.stringify(apiVersion)} ${JSON.stringify(kind)}`);
  const module: Record<string, unknown> = await import(pathToFileURL(join(MODULES, folder, `${kind}.js`)).href);
  const Model = module[kind];
  if (!isModel(Model)) throw new Error(`kubernetes-models has no ${kind}`);
  try {
    new Model(object).validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Model = new (data: JsonRecord) => { validate(): void };

function isModel(value: unknown): value is Model {
  return typeof value === "function" && typeof value.prototype?.validate === "function";
}

/** The TypeScript type of each kind, by which a literal is checked for members that the schema has not. */
export function modelImport({ apiVersion, kind }: JsonRecord): { readonly from: string; readonly type: string } {
  const folder = typeof apiVersion === "string" ? FOLDERS[apiVersion] : undefined;
  if (folder === undefined || typeof kind !== "string") throw new Error(`no schema of ${JSON.stringify(apiVersion)}`);
  return { from: `${folder}/${kind}`, type: `I${kind}` };
}
