import { useLayoutEffect, useState } from "react";
import type { RefObject } from "react";

export interface BoxSize {
  readonly width: number;
  readonly height: number;
}

/** How much room there is inside of an element's borders and scroll bars. */
export function useBoxSize(ref: RefObject<HTMLElement | null>): BoxSize {
  const [size, setSize] = useState<BoxSize>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const box = ref.current;
    if (box === null) return undefined;
    const read = (): void => setSize({ width: box.clientWidth, height: box.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(box);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
