import type { Embedder, Embedders } from "./embedder.ts";
import { HASHED_EMBEDDER } from "./hashed-embedder.ts";
import { createRemoteEmbedder } from "./remote-embedder.ts";
import type { RemoteEmbedderOptions } from "./remote-embedder.ts";

/** Without an endpoint everything is embedded here. The endpoint is also asked for models that it was asked for before. */
export function createEmbedders(endpoint: RemoteEmbedderOptions | undefined): Embedders {
  const current = endpoint === undefined ? HASHED_EMBEDDER : createRemoteEmbedder(endpoint);
  return {
    current,
    of(model): Embedder | undefined {
      if (model === current.model) return current;
      if (model === HASHED_EMBEDDER.model) return HASHED_EMBEDDER;
      if (endpoint === undefined || !model.startsWith(`${endpoint.url}#`)) return undefined;
      return createRemoteEmbedder({ ...endpoint, model: model.slice(endpoint.url.length + 1) });
    },
  };
}
