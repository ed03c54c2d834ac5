import { Transform } from "node:stream";

export class TooManyBytes extends Error {
  override readonly name: string = "TooManyBytes";
}

/** Passes on at most this many bytes; more is an error. */
export function boundedStream(maxBytes: number): Transform {
  let left = maxBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new TooManyBytes(`more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
