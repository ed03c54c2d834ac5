import type { Call } from "./local-cloud-run.ts";
import { Refusal, asJson } from "./refusal.ts";
import type { Json } from "./refusal.ts";
import type { Operations } from "./operations.ts";

/** reasoningEngines of Vertex AI v1. */
export class LocalEngines {
  readonly engines: Map<string, Json> = new Map();
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  answer({ method, variables, query, body }: Call): Json | undefined {
    const name = variables["name"] ?? "";
    const parent = variables["parent"] ?? "";
    if (method === "ListReasoningEngines") {
      const wanted = /^display_name="([^"]*)"$/.exec(query.get("filter") ?? "")?.[1];
      const all = [...this.engines.values()];
      return { reasoningEngines: all.filter((engine) => wanted === undefined || engine["displayName"] === wanted) };
    }
    if (method === "CreateReasoningEngine") return this.#create(parent, body);
    if (method === "GetReasoningEngine") return this.#engine(name);
    if (method === "DeleteReasoningEngine") {
      const engine = this.#engine(name);
      return this.#operations.start(parentOf(name), () => {
        this.engines.delete(String(engine["name"]));
        return { response: {} };
      });
    }
    return undefined;
  }

  imageOf(name: string): string {
    const { imageUri } = asJson(asJson(this.#engine(name)["spec"])["containerSpec"]);
    return String(imageUri);
  }

  #create(parent: string, body: Json): Json {
    const { imageUri } = asJson(asJson(body["spec"])["containerSpec"]);
    return this.#operations.start(parent, () => {
      if (String(imageUri).includes("bad")) {
        return { error: { code: 9, message: "Reasoning Engine resource failed to start and cannot serve traffic." } };
      }
      const name = `${parent}/reasoningEngines/${1_000 + this.engines.size}`;
      const engine = { ...body, name, etag: `"${name}"`, createTime: new Date().toISOString() };
      this.engines.set(name, engine);
      return { response: engine };
    });
  }

  #engine(name: string): Json {
    const found = this.engines.get(name);
    if (found === undefined) throw new Refusal(404, "NOT_FOUND", `The ReasoningEngine ${name} does not exist.`);
    return found;
  }
}

function parentOf(name: string): string {
  return name.replace(/\/reasoningEngines\/.*$/, "");
}
