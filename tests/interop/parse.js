// Reads flows with the reference's parser. Each line on stdin is { flow, written }: a flow, and
// what Rehearsal wrote after reading it (null when it refused). Each line on stdout is
// { error, same }: why the reference refuses the flow (null when it does not), and whether it
// reads the same from both.
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { parse } from '@puppeteer/replay';

const read = (flow) => {
  try {
    return { parsed: parse(flow), error: null };
  } catch (error) {
    return { parsed: null, error: error.message };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { flow, written } = JSON.parse(line);
  const theirs = read(flow);
  const same = written !== null && isDeepStrictEqual(theirs, read(written));
  console.log(JSON.stringify({ error: theirs.error, same }));
}
