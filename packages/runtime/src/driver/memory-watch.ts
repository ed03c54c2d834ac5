const INTERVAL_MS = 250;

export interface MemoryWatch extends Disposable {
  readonly exceeded: () => boolean;
}

/** The limit where no kernel account can hold it: looks four times a second. What is taken faster gets through. */
export function watchMemory(options: {
  readonly limitBytes: number;
  readonly read: () => number | Promise<number>;
  readonly onExceeded: () => void;
}): MemoryWatch {
  let exceeded = false;
  let reading = false;
  const look = async (): Promise<void> => {
    if (reading || exceeded) return;
    reading = true;
    const bytes = await options.read();
    reading = false;
    if (bytes <= options.limitBytes || exceeded) return;
    exceeded = true;
    options.onExceeded();
  };
  const timer = setInterval(() => void look(), INTERVAL_MS).unref();
  return {
    exceeded: () => exceeded,
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}
