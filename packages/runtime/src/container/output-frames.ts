import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const HEADER_BYTES = 8;
const STDERR = 2;

export interface ContainerOutput {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/**
 * Takes apart what an engine sends for an attached container: a byte for the stream, three of nothing, the length, the
 * bytes. Whoever does not read makes the container wait: its output is not kept here.
 */
export function splitOutput(source: Readable): ContainerOutput {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const end = (): void => {
    stdout.end();
    stderr.end();
  };
  pipeline(source, async (chunks: AsyncIterable<Buffer>) => {
    let target = stdout;
    let left = 0;
    let header = Buffer.alloc(0);
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        if (left === 0) {
          const taken = chunk.subarray(at, at + HEADER_BYTES - header.length);
          header = Buffer.concat([header, taken]);
          at += taken.length;
          if (header.length < HEADER_BYTES) break;
          target = header[0] === STDERR ? stderr : stdout;
          left = header.readUInt32BE(4);
          header = Buffer.alloc(0);
        } else {
          const part = chunk.subarray(at, at + left);
          at += part.length;
          left -= part.length;
          if (!target.write(part)) await new Promise((resolve) => target.once("drain", resolve));
        }
      }
    }
  }).then(end, end);
  return { stdout, stderr };
}
