/** How a registry is reached. Whoever gives it decides which addresses may be. */
export interface RegistryHttp {
  /**
   * Redirects are answers like all others: they are not followed. Rejects when there is no answer within `timeoutMs`; a
   * body that says nothing for as long errs. A body is read to its end, or its iterator is returned.
   */
  request(request: RegistryRequest): Promise<RegistryAnswer>;
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface RegistryAnswer {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: AsyncIterable<Uint8Array>;
}

const MAX_DISCARDED = 64 * 1024;

/** Of an answer that nobody wants. A little is read, so that the connection can be used again; of more, it is closed. */
export async function discard({ body }: RegistryAnswer): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_DISCARDED) break;
    }
  } catch {
    // What broke off is not wanted either.
  }
}
