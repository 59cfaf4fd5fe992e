// Replays a flow with the reference's own player: node replay.js FLOW BROWSER
// Prints the address and the title at which it ended.
import { readFileSync } from 'node:fs';
import { createRunner, parse, PuppeteerRunnerExtension, stripSourceMap } from '@puppeteer/replay';
import puppeteer from 'puppeteer-core';

const [flow, browserPath] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: browserPath,
  headless: browserPath.includes('headless-shell') ? 'shell' : true,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  const recording = parse(JSON.parse(stripSourceMap(readFileSync(flow, 'utf8'))));
  const extension = new PuppeteerRunnerExtension(browser, page, { timeout: 15_000 });
  const runStep = extension.runStep.bind(extension);
  extension.runStep = async (step, whole) => {
    try {
      await runStep(step, whole);
    } catch (error) {
      error.message = `step ${whole.steps.indexOf(step) + 1} (${step.type}): ${error.message}`;
      throw error;
    }
  };
  await (await createRunner(recording, extension)).run();
  console.log(JSON.stringify({ url: page.url(), title: await page.title() }));
} finally {
  await browser.close();
}
