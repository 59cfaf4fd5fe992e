// For `replay-extension-test`: exports a flow as a script that replays it with Rehearsal.
// The program is named by REHEARSAL, and is the whole runner: the script only starts it.
import { StringifyExtension, stringify, JSONStringifyExtension } from '@puppeteer/replay';

export default class RehearsalExtension extends StringifyExtension {
  async beforeAllSteps(out, flow) {
    // As the Recorder would export it, with its trailing comment.
    const file = await stringify(flow, { extension: new JSONStringifyExtension() });
    const lines = [
      `const { spawnSync } = require('node:child_process');`,
      `const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');`,
      `const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'interop-'));`,
      `writeFileSync(folder + '/flow.json', ${JSON.stringify(file)});`,
      `const played = spawnSync(process.env.REHEARSAL, ['play', folder + '/flow.json'], { stdio: ['ignore', 2, 2] });`,
      `rmSync(folder, { recursive: true });`,
      `if (played.status !== 0) throw new Error('rehearsal play ended with ' + played.status);`,
    ];
    lines.forEach((line) => out.appendLine(line));
  }
}
